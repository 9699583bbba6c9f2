const MOST_CHANGES = 3;

/** The known name that has the same letters but for three at most. */
export function closestName(name: string, known: readonly string[]): string | undefined {
  let closest: { readonly name: string; readonly changes: number } | undefined;
  for (const one of known) {
    const changes = editDistance(one, name);
    if (changes <= MOST_CHANGES && changes < (closest?.changes ?? Number.POSITIVE_INFINITY)) {
      closest = { name: one, changes };
    }
  }
  return closest?.name;
}

function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= other.length; column++) {
      const change = (row[column - 1] ?? 0) + (letter === other[column - 1] ? 0 : 1);
      next.push(Math.min(change, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
