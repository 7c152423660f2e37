import { compilePmml } from '../../../lib/models/index.ts'
import type { Model, ModelSource } from '../../../lib/models/index.ts'

export interface FieldOptions {
  readonly type?: string
  readonly optype?: string
  /** Children of the DataField. */
  readonly content?: string
  /** Further attributes of the MiningField. */
  readonly mining?: string
}

/** A document with the given inputs, a target `y`, and one model element made by `model` from the schema. */
export const documentOf = (fields: Readonly<Record<string, FieldOptions>>, model: (schema: string) => string,
  { target = '<DataField name="y" optype="continuous" dataType="double"/>', transformations = '', version = '4_4' } = {}): string => {
  const declared = Object.entries(fields).map(([name, { type = 'double', optype = type === 'string' ? 'categorical' : 'continuous', content = '' }]) =>
    `<DataField name="${name}" optype="${optype}" dataType="${type}">${content}</DataField>`)
  const mined = Object.entries(fields).map(([name, { mining = '' }]) => `<MiningField name="${name}" ${mining}/>`)
  return `<PMML xmlns="http://www.dmg.org/PMML-${version}" version="4.4"><Header/>
<DataDictionary>${declared.join('')}${target}</DataDictionary>
<TransformationDictionary>${transformations}</TransformationDictionary>
${model(`<MiningSchema>${mined.join('')}<MiningField name="y" usageType="target"/></MiningSchema>`)}</PMML>`
}

/** A regression that answers 1 and gives out the results of expressions. */
export const expressionDocument = (fields: Readonly<Record<string, FieldOptions>>, expression: string, type = 'double', transformations = ''): string =>
  documentOf(fields, (schema) => `<RegressionModel functionName="regression">${schema}
<Output><OutputField name="out" optype="continuous" dataType="${type}" feature="transformedValue">${expression}</OutputField></Output>
<RegressionTable intercept="1"/></RegressionModel>`, { transformations })

export const compile = (document: string, options: Partial<ModelSource> = {}): Model =>
  compilePmml({ name: 'test', bytes: Buffer.from(document), mapping: {}, semantics: 'default', ...options })

/** The value of an expression over one record. */
export const evaluate = (fields: Readonly<Record<string, FieldOptions>>, expression: string, record: object, type = 'double', semantics: ModelSource['semantics'] = 'default'): unknown =>
  compile(expressionDocument(fields, expression, type), { semantics }).score(record).outputs.out

/** What a call throws, for a look at its code and message. */
export const thrownBy = (run: () => unknown): Error & { code?: string, reason?: string } => {
  try {
    run()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}
