import { extractText, getDocumentProxy } from 'unpdf';

/** The text of each page, as somebody would select and copy it: with another PDF library than the one that wrote it. */
export async function readPdf(bytes: Uint8Array): Promise<string[]> {
  const document = await getDocumentProxy(new Uint8Array(bytes));
  const { text } = await extractText(document, { mergePages: false });
  return text.map((page) => page.replaceAll(/\s+/g, ' '));
}
