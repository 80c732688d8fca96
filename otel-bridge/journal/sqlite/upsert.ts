/** An INSERT that replaces every column where the first column's value is there already. */
export function upsertSql(table: string, columns: readonly string[]): string {
  const [key, ...rest] = columns;
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
    ON CONFLICT (${key}) DO UPDATE SET ${rest.map((column) => `${column} = excluded.${column}`).join(', ')}`;
}
