import PDFDocument from 'pdfkit';
import type {
  InvoiceContent,
  InvoicedCharge,
  InvoiceKind,
  InvoiceLanguage,
  InvoiceParty,
} from '../../contract/invoices.ts';
import { minorPlaces, toMoney } from '../../money/minor-units.ts';
import { type Cells, type Columns, layColumns } from './columns.ts';
import {
  formatAmount,
  formatDate,
  formatEnergy,
  formatOffset,
  formatQuantity,
  formatSite,
  formatTime,
} from './format-values.ts';
import { cellsOf, inOrder } from './line-cells.ts';
import { type Document, TextPen, type TextStyle } from './text-pen.ts';
import { sumMinor, vatRowsOf } from './vat-rows.ts';
import { WORDS, type Words } from './words.ts';

/** What is to be printed, and how; nothing else has a part in it, so that the same gives the same bytes. */
export interface Printable {
  readonly kind: InvoiceKind;
  readonly number: string;
  readonly issuedAt: string;
  readonly periodFrom: string | null;
  readonly periodTo: string | null;
  readonly currency: string;
  readonly language: InvoiceLanguage;
  readonly content: InvoiceContent;
}

/** A4, in points. */
const PAGE = { width: 595.28, height: 841.89 };
const LEFT = 48;
const RIGHT = PAGE.width - 48;
const TOP = 52;
const BOTTOM = PAGE.height - 62;
/** Of lines, below their charge. */
const INDENT = 10;
/** Where the table of VAT ends; its columns. */
const VAT_COLUMNS = { net: 216, vat: 280 };
/** Between columns. */
const GAP = 12;
/** Where the labels at the right begin: at the top of the first page, and at the end. */
const LABELS = 360;
const TOTALS = 300;

const GREY = '#666666';
const RULE = '#c8c8c8';
const BAND = '#f2f4f7';

const TITLE: TextStyle = { size: 20, weight: 'bold' };
const NAME: TextStyle = { size: 10.5, weight: 'bold' };
const BODY: TextStyle = { size: 8.5 };
const STRONG: TextStyle = { size: 8.5, weight: 'bold' };
const SMALL: TextStyle = { size: 7.5, color: GREY };
const HEAD: TextStyle = { size: 7.5, weight: 'bold', color: GREY };
const TOTAL: TextStyle = { size: 11, weight: 'bold' };

const LINE = 12;
const CHARGE_HEAD = 16;
const TABLE_HEAD = 20;
/** Beside the rows. */
const TOTALS_HEIGHT = 60;
/** A charge with more lines may be torn apart by the end of a page. */
const KEPT_TOGETHER = 12;
/** Lines of a text that may be long. */
const MOST_LINES = 3;

/** A row of the table of VAT. */
interface VatCells {
  readonly label: string;
  readonly net: string;
  readonly vat: string;
  readonly style: TextStyle;
}

/** Prints an invoice as PDF (A4, several pages if need be, its text can be selected). Takes some milliseconds for each page. */
export async function renderInvoice(invoice: Printable): Promise<Uint8Array> {
  const words = WORDS[invoice.language];
  const issuedAt = new Date(invoice.issuedAt);
  const title = `${invoice.kind === 'invoice' ? words.invoice : words.creditNote} ${invoice.number}`;
  const document = new PDFDocument({
    size: 'A4',
    // Nothing is left to the library's own page breaks.
    margin: 0,
    bufferPages: true,
    pdfVersion: '1.7',
    lang: invoice.language === 'zh' ? 'zh-CN' : 'en',
    displayTitle: true,
    // The id of the file is made of these, too.
    info: { Title: title, Author: invoice.content.issuer.name, CreationDate: issuedAt, ModDate: issuedAt },
  });
  const chunks: Buffer[] = [];
  const done = new Promise<Uint8Array>((resolve, reject) => {
    document.on('data', (chunk: Buffer) => chunks.push(chunk));
    document.on('end', () => resolve(Buffer.concat(chunks)));
    document.on('error', reject);
  });
  new InvoicePages(document, invoice, words).draw();
  document.end();
  return done;
}

class InvoicePages {
  readonly #document: Document;
  readonly #pen: TextPen;
  readonly #invoice: Printable;
  readonly #content: InvoiceContent;
  readonly #words: Words;
  /** What lines of charges say, by charge. */
  readonly #cells: readonly (readonly Cells[])[];
  readonly #head: Cells;
  readonly #columns: Columns;
  #y = TOP;

  constructor(document: Document, invoice: Printable, words: Words) {
    this.#document = document;
    this.#pen = new TextPen(document);
    this.#invoice = invoice;
    this.#content = invoice.content;
    this.#words = words;
    const places = minorPlaces(invoice.currency);
    const { charges } = this.#content;
    const showsVat = charges.some(({ lines }) => lines.some(({ vatPercent }) => vatPercent !== null));
    this.#cells = charges.map((charge) =>
      inOrder(charge.lines).map((line) => {
        const cells = cellsOf(line, charge, words, places);
        return { ...cells, vat: showsVat ? cells.vat : '', amount: formatAmount(line.amount) };
      }),
    );
    const { description, quantity, price, vatRate, amount } = words;
    const heads = { description, quantity, price, vat: showsVat ? vatRate : '' };
    this.#head = { ...heads, amount: `${amount} (${invoice.currency})` };
    const head = { cells: this.#head, style: HEAD };
    this.#columns = layColumns(this.#pen, this.#cells.flat(), BODY, head, { left: LEFT + INDENT, right: RIGHT });
  }

  draw(): void {
    this.#drawLetterhead();
    this.#drawTableHead();
    for (const [index, charge] of this.#content.charges.entries()) this.#drawCharge(charge, index);
    this.#drawTotals();
    this.#drawNote();
    this.#drawFooters();
  }

  #drawLetterhead(): void {
    const { issuer, customer } = this.#content;
    const { invoice, creditNote, from, to, nobody } = this.#words;
    this.#y += 14;
    this.#pen.write(this.#invoice.kind === 'invoice' ? invoice : creditNote, TITLE, { x: LEFT, baseline: this.#y });
    this.#y += 26;
    const top = this.#y;
    const belowFacts = this.#drawFacts(top);
    const belowIssuer = this.#drawParty(from, issuer, top, LABELS - LEFT - 24);
    this.#y = belowIssuer + 14;
    const width = belowFacts > this.#y - LINE ? LABELS - LEFT - 24 : RIGHT - LEFT;
    const belowCustomer =
      customer === null
        ? this.#drawParty(to, { name: nobody, addressLines: [], taxId: null, email: null }, this.#y, width)
        : this.#drawParty(to, customer, this.#y, width);
    this.#y = Math.max(belowFacts, belowCustomer) + 16;
  }

  /** Number, dates and what is credited, at the right. Gives back where they end. */
  #drawFacts(top: number): number {
    const words = this.#words;
    const { number, issuedAt, periodFrom, periodTo, currency } = this.#invoice;
    const { issuer, credits } = this.#content;
    const facts: (readonly [string, string])[] = [
      [words.number, number],
      [words.issuedOn, formatDate(issuedAt, issuer.timeZone)],
    ];
    if (periodFrom !== null && periodTo !== null) {
      // The end is not in it.
      const last = new Date(Date.parse(periodTo) - 1).toISOString();
      facts.push([words.period, `${formatDate(periodFrom, issuer.timeZone)} – ${formatDate(last, issuer.timeZone)}`]);
    }
    facts.push([words.currency, currency]);
    if (credits !== null) {
      facts.push([words.creditedInvoice, `${credits.number} (${formatDate(credits.issuedAt, issuer.timeZone)})`]);
    }
    let y = top;
    for (const [label, value] of facts) {
      this.#pen.write(label, SMALL, { x: LABELS, baseline: y });
      this.#pen.write(value, label === words.number ? STRONG : BODY, { x: RIGHT, baseline: y, align: 'right' });
      y += LINE + 2;
    }
    if (credits !== null) {
      this.#pen.write(words.reason, SMALL, { x: LABELS, baseline: y });
      y += LINE;
      for (const line of this.#pen.wrap(credits.reason, BODY, RIGHT - LABELS, 6)) {
        this.#pen.write(line, BODY, { x: LABELS, baseline: y });
        y += LINE;
      }
    }
    return y;
  }

  /** Gives back where it ends. */
  #drawParty(label: string, party: Omit<InvoiceParty, 'language'>, top: number, width: number): number {
    let y = top;
    this.#pen.write(label, SMALL, { x: LEFT, baseline: y });
    y += LINE + 2;
    for (const line of this.#pen.wrap(party.name, NAME, width, 3)) {
      this.#pen.write(line, NAME, { x: LEFT, baseline: y });
      y += LINE + 2;
    }
    const more = [
      ...party.addressLines,
      ...(party.taxId === null ? [] : [`${this.#words.taxId}: ${party.taxId}`]),
      ...(party.email === null ? [] : [party.email]),
    ];
    for (const line of more.flatMap((text) => this.#pen.wrap(text, BODY, width, 3))) {
      this.#pen.write(line, BODY, { x: LEFT, baseline: y });
      y += LINE;
    }
    return y;
  }

  #drawTableHead(): void {
    this.#pen.write(this.#head.description, HEAD, { x: LEFT, baseline: this.#y + 8 });
    this.#drawCells({ ...this.#head, description: '' }, HEAD);
    this.#rule(this.#y + 13);
    this.#y += TABLE_HEAD;
  }

  #drawCharge(charge: InvoicedCharge, index: number): void {
    const { stationId, startedAt, endedAt, timeZone, energyWh } = charge;
    const cells = this.#cells[index] ?? [];
    const [start, end] = [formatTime(startedAt, timeZone), formatTime(endedAt, timeZone)];
    // The day once, where it is the same.
    const until = end.slice(0, 10) === start.slice(0, 10) ? end.slice(11) : end;
    const time = `${start} – ${until} (${formatOffset(endedAt, timeZone)})`;
    const energy = formatEnergy(energyWh);
    const timeRight = RIGHT - this.#pen.widthOf(energy, STRONG) - GAP;
    const position = `${index + 1}. `;
    const nameLeft = LEFT + this.#pen.widthOf(position, STRONG);
    const name = this.#nameOf(charge, timeRight - this.#pen.widthOf(time, BODY) - GAP - nameLeft);
    const place = this.#placeOf(charge);
    const remarks = this.#pen.wrap(this.#remarksOn(charge), SMALL, RIGHT - LEFT - INDENT, MOST_LINES);
    const descriptions = cells.map(({ description }) => this.#wrapDescription(description));
    const lineCount = Math.max(descriptions.flat().length, 1);
    const head = CHARGE_HEAD + (name.length - 1) * LINE;
    this.#makeRoom(head + (place.length + remarks.length + Math.min(lineCount, KEPT_TOGETHER)) * LINE + 6, true);

    this.#document.rect(LEFT - 4, this.#y - 2, RIGHT - LEFT + 8, head - 1).fill(BAND);
    const baseline = this.#y + 8.5;
    this.#pen.write(position, STRONG, { x: LEFT, baseline });
    for (const [at, text] of name.entries()) {
      this.#pen.write(text, STRONG, { x: nameLeft, baseline: baseline + at * LINE });
    }
    this.#pen.write(time, BODY, { x: timeRight, baseline, align: 'right' });
    this.#pen.write(energy, STRONG, { x: RIGHT, baseline, align: 'right' });
    this.#y += head;

    for (const text of place) this.#below(text, BODY);
    for (const text of remarks) this.#below(text, SMALL);
    if (cells.length === 0) {
      const amount = formatAmount(charge.inclVat);
      this.#drawCells({ description: this.#words.noLines, quantity: '', price: '', vat: '', amount }, BODY);
      this.#y += LINE;
    }
    for (const [at, line] of cells.entries()) {
      const [first = '', ...more] = descriptions[at] ?? [];
      if (this.#makeRoom((1 + more.length) * LINE, true)) {
        this.#below(
          this.#pen.fit(`${position}${stationId} ${this.#words.continued}`, SMALL, RIGHT - LEFT - INDENT),
          SMALL,
        );
      }
      this.#drawCells({ ...line, description: first }, BODY);
      this.#y += LINE;
      for (const text of more) this.#below(text, BODY);
    }
    this.#y += 6;
  }

  /** One row; the description is one that fits. */
  #drawCells({ description, ...numbers }: Cells, style: TextStyle): void {
    const baseline = this.#y + 8;
    this.#pen.write(description, style, { x: this.#columns.description.left, baseline });
    for (const [name, text] of Object.entries(numbers) as [keyof typeof numbers, string][]) {
      const { left, right } = this.#columns[name];
      this.#pen.writeWithin(text, style, { x: right, baseline, align: 'right' }, right - left);
    }
  }

  #wrapDescription(description: string): readonly string[] {
    const { left, right } = this.#columns.description;
    return this.#pen.wrap(description, BODY, right - left, MOST_LINES);
  }

  /** A line of its own, below a charge. */
  #below(text: string, style: TextStyle): void {
    this.#pen.write(text, style, { x: LEFT + INDENT, baseline: this.#y + 8 });
    this.#y += LINE;
  }

  /** The station and its EVSE: beside each other, or below. */
  #nameOf({ stationId, evseId }: InvoicedCharge, width: number): readonly string[] {
    if (evseId === null) return this.#pen.wrap(stationId, STRONG, width, MOST_LINES);
    const evse = `${this.#words.evse} ${evseId}`;
    const whole = `${stationId} · ${evse}`;
    if (this.#pen.widthOf(whole, STRONG) <= width) return [whole];
    return [...this.#pen.wrap(stationId, STRONG, width, MOST_LINES - 1), evse];
  }

  /** The lines that say where it was; none where that is not known. */
  #placeOf({ site }: InvoicedCharge): readonly string[] {
    if (site === null) return [];
    return this.#pen.wrap(formatSite(site, this.#invoice.language), BODY, RIGHT - LEFT - INDENT, MOST_LINES);
  }

  #remarksOn({ kind, tariffName, idToken, creditsInvoiceNumber, reason }: InvoicedCharge): string {
    const { tariff, card, credit, creditFor } = this.#words;
    const remarks: string[] = [];
    if (kind === 'credit') {
      remarks.push(creditsInvoiceNumber === null ? credit : `${creditFor} ${creditsInvoiceNumber}`);
      if (reason !== null) remarks.push(reason);
    }
    if (tariffName !== null) remarks.push(`${tariff}: ${tariffName}`);
    if (idToken !== null) remarks.push(`${card}: ${idToken}`);
    return remarks.join(' · ');
  }

  /** At the left VAT by rate; at the right the amounts of the table, all VAT, and what is to be paid: the sum of the two above. */
  #drawTotals(): void {
    const words = this.#words;
    const { charges, vat, exclVat, inclVat, electricityFee, serviceFee } = this.#content;
    const { currency } = this.#invoice;
    const shown = (minor: bigint): string => formatAmount(toMoney(minor, currency));
    const energyWh = charges.reduce((total, charge) => total + Math.round(charge.energyWh * 1000), 0) / 1000;
    const amounts = sumMinor(charges.flatMap(({ lines }) => lines.map(({ amount }) => amount)));
    const rows: (readonly [string, string])[] = [
      [exclVat !== null && vat.length > 0 ? words.netTotal : words.subtotal, shown(amounts)],
    ];
    if (vat.length > 0) rows.push([words.vat, shown(sumMinor(vat.map((row) => row.vat)))]);
    const fees: (readonly [string, string])[] = [];
    if (electricityFee !== null) fees.push([words.electricityFee, formatAmount(electricityFee)]);
    if (serviceFee !== null) fees.push([words.serviceFee, formatAmount(serviceFee)]);
    const table = this.#vatTable();

    const height = Math.max(rows.length + fees.length, table.length + 1) * (LINE + 1);
    this.#makeRoom(TOTALS_HEIGHT + height, false);
    this.#rule(this.#y);
    this.#y += LINE + 2;
    const top = this.#y;
    const counted = `${words.charges(charges.length)} · ${words.energy} ${formatEnergy(energyWh)}`;
    this.#pen.write(counted, BODY, { x: LEFT, baseline: top });
    const belowVat = this.#drawVat(table, top + LINE + 8);

    for (const [label, amount] of rows) this.#total(label, amount, BODY);
    this.#y += 2;
    this.#document.rect(TOTALS - 4, this.#y - LINE + 1, RIGHT - TOTALS + 8, 20).fill(BAND);
    this.#y += 3;
    this.#total(words.total, `${currency} ${formatAmount(inclVat)}`, TOTAL);
    this.#y += 5;
    for (const [label, amount] of fees) this.#total(label, amount, BODY);
    if (exclVat === null) {
      this.#pen.write(words.taxIncluded, SMALL, { x: TOTALS, baseline: this.#y });
      this.#y += LINE;
    }
    this.#y = Math.max(this.#y, belowVat);
  }

  /** The rows of the table of VAT, its head and its sum included; none where no VAT is told. */
  #vatTable(): readonly VatCells[] {
    const { vatRate, net, vat, vatRows } = this.#words;
    const { currency } = this.#invoice;
    const rows = vatRowsOf(this.#content);
    if (rows.length === 0) return [];
    const cells = (label: string, netMinor: bigint, vatMinor: bigint | null, style = BODY): VatCells => {
      const [ofNet, ofVat] = [netMinor, vatMinor].map((minor) =>
        minor === null ? '–' : formatAmount(toMoney(minor, currency)),
      ) as [string, string];
      return { label, net: ofNet, vat: ofVat, style };
    };
    const table = rows.map(({ of, netMinor, vatMinor }) =>
      cells(typeof of === 'string' ? vatRows[of] : `${formatQuantity(of.percent)} %`, netMinor, vatMinor),
    );
    const sum = (of: 'netMinor' | 'vatMinor'): bigint => rows.reduce((total, row) => total + (row[of] ?? 0n), 0n);
    return [
      { label: vatRate, net, vat, style: HEAD },
      ...table,
      ...(rows.length > 1 ? [cells(vatRows.total, sum('netMinor'), sum('vatMinor'), STRONG)] : []),
    ];
  }

  /** Gives back where it ends. */
  #drawVat(table: readonly VatCells[], top: number): number {
    let y = top;
    for (const { label, net, vat, style } of table) {
      const netLeft = VAT_COLUMNS.net - this.#pen.widthOf(net, style);
      this.#pen.writeWithin(label, style, { x: LEFT, baseline: y }, netLeft - GAP - LEFT);
      this.#pen.write(net, style, { x: VAT_COLUMNS.net, baseline: y, align: 'right' });
      const width = VAT_COLUMNS.vat - VAT_COLUMNS.net - GAP / 2;
      this.#pen.writeWithin(vat, style, { x: VAT_COLUMNS.vat, baseline: y, align: 'right' }, width);
      y += LINE + 1;
    }
    return y;
  }

  #total(label: string, amount: string, style: TextStyle): void {
    this.#pen.write(label, style, { x: TOTALS, baseline: this.#y });
    this.#pen.write(amount, style, { x: RIGHT, baseline: this.#y, align: 'right' });
    this.#y += LINE + 1;
  }

  #drawNote(): void {
    const { note } = this.#content.issuer;
    if (note === null) return;
    const lines = note.split('\n').flatMap((line) => this.#pen.wrap(line, SMALL, RIGHT - LEFT, 12));
    this.#makeRoom(18 + Math.min(lines.length, 12) * 11, false);
    this.#y += 24;
    for (const line of lines) {
      this.#makeRoom(11, false);
      this.#pen.write(line, SMALL, { x: LEFT, baseline: this.#y });
      this.#y += 11;
    }
  }

  /** At the end, when it is known how many pages there are. */
  #drawFooters(): void {
    const { start, count } = this.#document.bufferedPageRange();
    for (let page = start; page < start + count; page++) {
      this.#document.switchToPage(page);
      const baseline = PAGE.height - 34;
      this.#rule(baseline - 14);
      const name = this.#pen.fit(`${this.#invoice.number} · ${this.#content.issuer.name}`, SMALL, 380);
      this.#pen.write(name, SMALL, { x: LEFT, baseline });
      this.#pen.write(this.#words.page(page + 1, count), SMALL, { x: RIGHT, baseline, align: 'right' });
    }
  }

  /**
   * Goes to the next page where this one has no room of that height; within the table, its head stands there again.
   *
   * @returns whether it has gone to another page
   */
  #makeRoom(height: number, isTable: boolean): boolean {
    if (this.#y + height <= BOTTOM) return false;
    this.#document.addPage();
    this.#y = TOP;
    if (isTable) this.#drawTableHead();
    return true;
  }

  #rule(y: number): void {
    this.#document.moveTo(LEFT, y).lineTo(RIGHT, y).lineWidth(0.6).strokeColor(RULE).stroke();
  }
}
