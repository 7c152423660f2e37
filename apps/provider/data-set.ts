import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { ModelDescriptor, WineRecord } from '../../lib/models/index.ts'
import { wineRecordFromCsv } from '../../lib/models/index.ts'

/** What a provider sends: records to score and models to score them with. */
export interface DataSet {
  readonly records: readonly WineRecord[]
  readonly models: readonly ModelDescriptor[]
}

interface ModelKind {
  readonly extension: string
  readonly modelType: string
  readonly description: string
}

/** In the order in which they are published. */
const kinds: readonly ModelKind[] = [
  { extension: '.pmml', modelType: 'PMML', description: 'generated from SparkML' },
  { extension: '.pb', modelType: 'TENSORFLOW', description: 'generated from TensorFlow' },
]

const dataType = 'wine'

/** Other descriptions than the usual ones, by file name, where the folder has them. */
const descriptionsIn = async (directory: string, files: readonly string[]): Promise<Readonly<Record<string, string>>> =>
  files.includes('descriptions.json')
    ? (JSON.parse(await readFile(path.join(directory, 'descriptions.json'), 'utf8')) as Record<string, string>)
    : {}

const filesIn = async (directory: string): Promise<string[]> => {
  try {
    return (await readdir(directory)).sort()
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such folder' : (error as Error).message
    throw new Error(`${directory} cannot be read: ${why}; name another folder with --data-dir`, { cause: error })
  }
}

const recordsIn = (csv: string, file: string): WineRecord[] =>
  csv.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    try {
      return [wineRecordFromCsv(line)]
    } catch (error) {
      throw new Error(`${file} line ${index + 1}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  })

/**
 * Reads a folder: the lines of its `.csv` files, its `.pmml` files and then its `.pb` files, each by name.
 * @throws {Error} when there is no such folder, or it has no records or no models
 */
export const readDataSet = async (directory: string): Promise<DataSet> => {
  const files = await filesIn(directory)
  const descriptions = await descriptionsIn(directory, files)
  const records: WineRecord[] = []
  for (const file of files.filter((name) => name.endsWith('.csv'))) {
    for (const record of recordsIn(await readFile(path.join(directory, file), 'utf8'), file)) records.push(record)
  }
  const models: ModelDescriptor[] = []
  for (const { extension, modelType, description } of kinds) {
    for (const file of files.filter((name) => name.endsWith(extension))) {
      const data = await readFile(path.join(directory, file))
      models.push({ name: path.basename(file, extension), description: descriptions[file] ?? description, dataType, modelType, data })
    }
  }
  if (records.length === 0) throw new Error(`${directory} has no .csv file with records; name another folder with --data-dir`)
  if (models.length === 0) throw new Error(`${directory} has no .pmml or .pb file; name another folder with --data-dir`)
  return { records, models }
}
