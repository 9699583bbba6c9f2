import PDFDocument from 'pdfkit';
import type {
  InvoiceContent,
  InvoicedCharge,
  InvoicedLine,
  InvoiceKind,
  InvoiceLanguage,
  InvoiceParty,
} from '../../contract/invoices.ts';
import type { Money } from '../../contract/money.ts';
import { fromMoney, minorPlaces, toMoney } from '../../money/minor-units.ts';
import {
  formatAmount,
  formatDate,
  formatEnergy,
  formatOffset,
  formatPrice,
  formatQuantity,
  formatSite,
  formatTime,
} from './format-values.ts';
import { type Document, TextPen, type TextStyle } from './text-pen.ts';
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
const COLUMNS = { quantity: 336, price: 416, vat: 466, amount: RIGHT };
const VAT_COLUMNS = { net: 150, vat: 226 };
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
  readonly #places: number;
  readonly #showsVat: boolean;
  #y = TOP;

  constructor(document: Document, invoice: Printable, words: Words) {
    this.#document = document;
    this.#pen = new TextPen(document);
    this.#invoice = invoice;
    this.#content = invoice.content;
    this.#words = words;
    this.#places = minorPlaces(invoice.currency);
    this.#showsVat = invoice.content.charges.some(({ lines }) => lines.some(({ vatPercent }) => vatPercent !== null));
  }

  draw(): void {
    this.#drawLetterhead();
    this.#drawTableHead();
    for (const [index, charge] of this.#content.charges.entries()) this.#drawCharge(charge, index + 1);
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
    const { description, quantity, price, vatRate, amount } = this.#words;
    const baseline = this.#y + 8;
    this.#pen.write(description, HEAD, { x: LEFT, baseline });
    this.#pen.write(quantity, HEAD, { x: COLUMNS.quantity, baseline, align: 'right' });
    this.#pen.write(price, HEAD, { x: COLUMNS.price, baseline, align: 'right' });
    if (this.#showsVat) this.#pen.write(vatRate, HEAD, { x: COLUMNS.vat, baseline, align: 'right' });
    this.#pen.write(`${amount} (${this.#invoice.currency})`, HEAD, { x: COLUMNS.amount, baseline, align: 'right' });
    this.#rule(this.#y + 13);
    this.#y += TABLE_HEAD;
  }

  #drawCharge(charge: InvoicedCharge, position: number): void {
    const remarks = this.#remarksOn(charge);
    const place = this.#placeOf(charge);
    const lineCount = Math.max(charge.lines.length, 1);
    const kept = Math.min(lineCount, KEPT_TOGETHER);
    this.#makeRoom(CHARGE_HEAD + (place.length + (remarks === '' ? 0 : 1) + kept) * LINE + 6, true);

    const { stationId, evseId, startedAt, endedAt, timeZone, energyWh } = charge;
    this.#document.rect(LEFT - 4, this.#y - 2, RIGHT - LEFT + 8, CHARGE_HEAD - 1).fill(BAND);
    const baseline = this.#y + 8.5;
    const evse = evseId === null ? '' : ` · ${this.#words.evse} ${evseId}`;
    const energy = formatEnergy(energyWh);
    const [start, end] = [formatTime(startedAt, timeZone), formatTime(endedAt, timeZone)];
    // The day once, where it is the same.
    const until = end.slice(0, 10) === start.slice(0, 10) ? end.slice(11) : end;
    const time = `${start} – ${until} (${formatOffset(endedAt, timeZone)})`;
    this.#pen.write(energy, STRONG, { x: RIGHT, baseline, align: 'right' });
    const timeLeft = RIGHT - this.#pen.widthOf(energy, STRONG) - 14;
    this.#pen.write(time, BODY, { x: timeLeft, baseline, align: 'right' });
    const room = timeLeft - this.#pen.widthOf(time, BODY) - 12 - LEFT;
    this.#pen.write(this.#pen.fit(`${position}. ${stationId}${evse}`, STRONG, room), STRONG, { x: LEFT, baseline });
    this.#y += CHARGE_HEAD;

    for (const line of place) {
      this.#pen.write(line, BODY, { x: LEFT + 10, baseline: this.#y + 8 });
      this.#y += LINE;
    }
    if (remarks !== '') {
      const shown = this.#pen.fit(remarks, SMALL, RIGHT - LEFT - 10);
      this.#pen.write(shown, SMALL, { x: LEFT + 10, baseline: this.#y + 7.5 });
      this.#y += LINE;
    }
    if (charge.lines.length === 0) {
      this.#pen.write(this.#words.noLines, BODY, { x: LEFT + 10, baseline: this.#y + 8 });
      this.#pen.write(formatAmount(charge.inclVat), BODY, {
        x: COLUMNS.amount,
        baseline: this.#y + 8,
        align: 'right',
      });
      this.#y += LINE;
    }
    for (const line of charge.lines) {
      this.#makeRoom(LINE, true);
      this.#drawLine(line);
    }
    this.#y += 6;
  }

  /** The lines that say where it was; none where that is not known. */
  #placeOf({ site }: InvoicedCharge): readonly string[] {
    if (site === null) return [];
    return this.#pen.wrap(formatSite(site, this.#invoice.language), BODY, RIGHT - LEFT - 10, 2);
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

  #drawLine(line: InvoicedLine): void {
    const { dimension, quantity, unit, price, vatPercent, amount, isAdjustment } = line;
    const { dimensions, units, adjustment } = this.#words;
    const baseline = this.#y + 8;
    const atRight = (text: string, x: number): void => this.#pen.write(text, BODY, { x, baseline, align: 'right' });
    this.#pen.write(isAdjustment ? adjustment : dimensions[dimension], BODY, { x: LEFT + 10, baseline });
    if (!isAdjustment) {
      atRight(`${formatQuantity(quantity)} ${units[unit]}`, COLUMNS.quantity);
      atRight(formatPrice(price, this.#places), COLUMNS.price);
      if (this.#showsVat && vatPercent !== null) atRight(`${formatQuantity(vatPercent)} %`, COLUMNS.vat);
    }
    atRight(formatAmount(amount), COLUMNS.amount);
    this.#y += LINE;
  }

  /** At the left VAT by rate; at the right the amounts of the table, all VAT, and what is to be paid: the sum of the two above. */
  #drawTotals(): void {
    const words = this.#words;
    const { charges, vat, exclVat, inclVat, electricityFee, serviceFee } = this.#content;
    const { currency } = this.#invoice;
    const amounts = charges.flatMap(({ lines }) => lines.map(({ amount }) => amount));
    const energyWh = charges.reduce((total, charge) => total + Math.round(charge.energyWh * 1000), 0) / 1000;
    const rows: (readonly [string, string])[] = [
      [exclVat !== null && vat.length > 0 ? words.netTotal : words.subtotal, formatAmount(sumOf(amounts, currency))],
    ];
    if (vat.length > 0)
      rows.push([
        words.vat,
        formatAmount(
          sumOf(
            vat.map((row) => row.vat),
            currency,
          ),
        ),
      ]);
    const fees: (readonly [string, string])[] = [];
    if (electricityFee !== null) fees.push([words.electricityFee, formatAmount(electricityFee)]);
    if (serviceFee !== null) fees.push([words.serviceFee, formatAmount(serviceFee)]);

    this.#makeRoom(TOTALS_HEIGHT + Math.max(rows.length + fees.length, vat.length + 1) * (LINE + 1), false);
    this.#rule(this.#y);
    this.#y += LINE + 2;
    const top = this.#y;
    const counted = `${words.charges(charges.length)} · ${words.energy} ${formatEnergy(energyWh)}`;
    this.#pen.write(counted, BODY, { x: LEFT, baseline: top });
    const belowVat = vat.length === 0 ? top : this.#drawVat(top + LINE + 8);

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

  /** Gives back where it ends. */
  #drawVat(top: number): number {
    const { vatRate, net, vat, withoutRate } = this.#words;
    let y = top;
    const write = (cells: readonly [string, string, string], style: TextStyle): void => {
      this.#pen.write(cells[0], style, { x: LEFT, baseline: y });
      this.#pen.write(cells[1], style, { x: VAT_COLUMNS.net, baseline: y, align: 'right' });
      this.#pen.write(cells[2], style, { x: VAT_COLUMNS.vat, baseline: y, align: 'right' });
      y += LINE + 1;
    };
    write([vatRate, net, vat], HEAD);
    for (const row of this.#content.vat) {
      const rate = row.percent === null ? withoutRate : `${formatQuantity(row.percent)} %`;
      write([rate, formatAmount(row.net), formatAmount(row.vat)], BODY);
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
      const name = this.#pen.fit(`${this.#content.issuer.name} · ${this.#invoice.number}`, SMALL, 380);
      this.#pen.write(name, SMALL, { x: LEFT, baseline });
      this.#pen.write(this.#words.page(page + 1, count), SMALL, { x: RIGHT, baseline, align: 'right' });
    }
  }

  /** Goes to the next page where this one has no room of that height; within the table, its head stands there again. */
  #makeRoom(height: number, isTable: boolean): void {
    if (this.#y + height <= BOTTOM) return;
    this.#document.addPage();
    this.#y = TOP;
    if (isTable) this.#drawTableHead();
  }

  #rule(y: number): void {
    this.#document.moveTo(LEFT, y).lineTo(RIGHT, y).lineWidth(0.6).strokeColor(RULE).stroke();
  }
}

function sumOf(amounts: readonly Money[], currency: string): Money {
  return toMoney(
    amounts.reduce((total, amount) => total + fromMoney(amount), 0n),
    currency,
  );
}
