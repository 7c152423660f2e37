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

/**
 * Reads a folder: the lines of its `.csv` files, its `.pmml` files and then its `.pb` files, each by name.
 * @throws {Error} when the folder has no records or no models
 */
export const readDataSet = async (directory: string): Promise<DataSet> => {
  const files = (await readdir(directory)).sort()
  const descriptions = await descriptionsIn(directory, files)
  const records: WineRecord[] = []
  for (const file of files.filter((name) => name.endsWith('.csv'))) {
    const lines = (await readFile(path.join(directory, file), 'utf8')).split('\n')
    records.push(...lines.filter((line) => line.trim() !== '').map((line) => wineRecordFromCsv(line)))
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
