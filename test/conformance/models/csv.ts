/** Cells of an RFC 4180 table, header first. */
export const parseCsv = (text: string): string[][] => {
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let isQuoted = false
  const endRow = (): void => {
    row.push(cell)
    rows.push(row)
    row = []
    cell = ''
  }
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!
    if (isQuoted) {
      if (character !== '"') cell += character
      else if (text[i + 1] === '"') cell += text[i++]
      else isQuoted = false
    } else if (character === '"') isQuoted = true
    else if (character === ',') {
      row.push(cell)
      cell = ''
    } else if (character === '\n') endRow()
    else if (character !== '\r') cell += character
  }
  if (cell !== '' || row.length > 0) endRow()
  return rows
}

/** Rows as objects by the names of the header. */
export const csvRecords = (text: string): { names: string[], records: Map<string, string>[] } => {
  const [names = [], ...rows] = parseCsv(text)
  return { names, records: rows.map((row) => new Map(names.map((name, i) => [name, row[i] ?? '']))) }
}
