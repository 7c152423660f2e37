import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { readDataSet } from '../../../apps/provider/data-set.ts'
import { answersOf, ownDataSet } from '../helpers/own-data.ts'

const line = '7.4;0.7;0;1.9;0.076;11;34;0.9978;3.51;0.56;9.4;5'
let directory: string
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'millrace-data-'))
})
afterEach(() => rmSync(directory, { recursive: true }))
const write = (name: string, content: string): void => writeFileSync(path.join(directory, name), content)

describe('readDataSet', () => {
  test('should take the records of a folder, and its models: PMML by name, then TensorFlow', async () => {
    write('wines.csv', `${line}\n\n${line}\r\n`)
    write('b.pmml', 'B')
    write('a.pmml', 'A')
    write('0.pb', 'T')
    write('notes.txt', 'not read')
    const { records, models } = await readDataSet(directory)
    expect(records).toHaveLength(2)
    expect(records[0]).toMatchObject({ fixed_acidity: 7.4, alcohol: 9.4, dataType: 'wine' })
    expect(models.map(({ name, modelType, description, data }) => [name, modelType, description, String(data)])).toEqual([
      ['a', 'PMML', 'generated from SparkML', 'A'],
      ['b', 'PMML', 'generated from SparkML', 'B'],
      ['0', 'TENSORFLOW', 'generated from TensorFlow', 'T'],
    ])
  })

  test('should take descriptions from descriptions.json where there is one', async () => {
    write('wines.csv', line)
    write('a.pmml', 'A')
    write('descriptions.json', JSON.stringify({ 'a.pmml': 'the first' }))
    expect((await readDataSet(directory)).models[0]?.description).toBe('the first')
  })

  test('should name the line that is no record', async () => {
    write('wines.csv', `${line}\n1;2;3\n`)
    await expect(readDataSet(directory)).rejects.toThrow(/^wines.csv line 2: not a wine record/)
  })

  test('should say what is missing', async () => {
    await expect(readDataSet(path.join(directory, 'nowhere'))).rejects.toThrow('there is no such folder; name another folder with --data-dir')
    await expect(readDataSet(directory)).rejects.toThrow('has no .csv file with records')
    write('wines.csv', line)
    await expect(readDataSet(directory)).rejects.toThrow('has no .pmml or .pb file')
  })

  test('should read the data of the package, whose models all score all its records', async () => {
    const { records, models } = await ownDataSet()
    expect(records.length).toBeGreaterThanOrEqual(100)
    expect(models.length).toBeGreaterThanOrEqual(3)
    for (const model of models) expect(answersOf(model, records).every((score) => typeof score === 'number')).toBe(true)
  })

  test('should read the data of the tutorial where it is at hand', async () => {
    const tutorial = path.resolve('..', 'shared', 'tutorial', 'data')
    if (!existsSync(tutorial)) return
    const { records, models } = await readDataSet(tutorial)
    expect(records).toHaveLength(1599)
    expect(models.map(({ modelType }) => modelType)).toEqual([...Array.from({ length: 7 }, () => 'PMML'), 'TENSORFLOW'])
    expect(models.at(-1)?.description).toBe('generated from TensorFlow')
  })
})
