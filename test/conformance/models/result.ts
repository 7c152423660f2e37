/** What came of one model: `undefined` when it agrees with the oracle, else the first disagreement. */
export interface CaseResult {
  readonly name: string
  readonly failure: string | undefined
}

export const passed = (name: string): CaseResult => ({ name, failure: undefined })

export const failed = (name: string, failure: string): CaseResult => ({ name, failure })
