import type { LineCells } from './line-cells.ts';
import type { TextPen, TextStyle } from './text-pen.ts';

/** Where columns are, in points from the left of the page. Numbers stand at the right of theirs. */
export interface Column {
  readonly left: number;
  readonly right: number;
}

export type CellName = keyof LineCells | 'amount';
export type Columns = Readonly<Record<CellName, Column>>;
export type Cells = LineCells & { readonly amount: string };

/** Between two columns. */
const GAP = 12;
/** No more than that, however long a number is: it is written smaller then. What is left is for descriptions. */
const WIDEST: Readonly<Record<Exclude<CellName, 'description'>, number>> = {
  quantity: 100,
  price: 112,
  vat: 44,
  amount: 96,
};

/**
 * Columns that are as wide as what stands in them.
 *
 * @param rows all of the table; without its head
 */
export function layColumns(
  pen: TextPen,
  rows: Iterable<Cells>,
  style: TextStyle,
  head: { readonly cells: Cells; readonly style: TextStyle },
  { left, right }: Column,
): Columns {
  const names = ['amount', 'vat', 'price', 'quantity'] as const;
  // All digits are as wide as each other, so that thousands of numbers have few widths.
  const shapes = new Map(names.map((name) => [name, new Set<string>()]));
  for (const row of rows) for (const name of names) shapes.get(name)?.add(row[name].replaceAll(/\d/g, '0'));
  const columns: Partial<Record<CellName, Column>> = {};
  let edge = right;
  for (const name of names) {
    const widths = [...(shapes.get(name) ?? [])].map((shape) => pen.widthOf(shape, style));
    const width = Math.max(pen.widthOf(head.cells[name], head.style), Math.min(WIDEST[name], Math.max(0, ...widths)));
    columns[name] = { left: edge - width, right: edge };
    edge -= width === 0 ? 0 : width + GAP;
  }
  return { ...(columns as Record<(typeof names)[number], Column>), description: { left, right: edge } };
}
