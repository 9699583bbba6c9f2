import { extractText, getDocumentProxy } from 'unpdf';

/** The text of each page, as somebody would select and copy it: with another PDF library than the one that wrote it. */
export async function readPdf(bytes: Uint8Array): Promise<string[]> {
  const document = await getDocumentProxy(new Uint8Array(bytes));
  const { text } = await extractText(document, { mergePages: false });
  return text.map((page) => page.replaceAll(/\s+/g, ' '));
}

interface Piece {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly baseline: number;
  readonly height: number;
}

/** Pairs of texts of one page that are written over each other, and texts that reach over the margin of the page. */
export async function findOverlaps(bytes: Uint8Array): Promise<string[]> {
  const document = await getDocumentProxy(new Uint8Array(bytes));
  const found: string[] = [];
  for (let number = 1; number <= document.numPages; number++) {
    const page = await document.getPage(number);
    const { items } = await page.getTextContent();
    const [, , pageWidth = 0] = page.view;
    const pieces = items.flatMap((item): Piece[] => {
      if (!('str' in item) || item.str.trim() === '') return [];
      const [, , , height, left, baseline] = item.transform as [number, number, number, number, number, number];
      return [{ text: item.str, left, right: left + item.width, baseline, height }];
    });
    for (const [index, one] of pieces.entries()) {
      if (one.left < 40 || one.right > pageWidth - 40) found.push(`page ${number}: ${one.text} leaves the page`);
      for (const other of pieces.slice(index + 1)) {
        const isBeside = one.right <= other.left + 0.01 || other.right <= one.left + 0.01;
        const isBelow = Math.abs(one.baseline - other.baseline) > Math.min(one.height, other.height) * 0.8;
        if (!isBeside && !isBelow) found.push(`page ${number}: ${one.text} over ${other.text}`);
      }
    }
  }
  return found;
}
