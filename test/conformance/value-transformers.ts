import type { KeyValueStore, ProcessingContext } from '../../topology/api.ts'
import { valueMapper } from './functions.ts'
import type { JsonObject } from './scenario.ts'
import { NotBuilt, requiredText, texts } from './scenario.ts'
import { add, isNumber, textOf } from './values.ts'

type Transform = (key: unknown, value: unknown, store: KeyValueStore<unknown, unknown> | undefined) => unknown

const transforms: Readonly<Record<string, Transform>> = {
  upper: (key, value) => valueMapper('upper')(value, key),
  appendKey: (key, value) => valueMapper('appendKey')(value, key),
  countChanges: (key, value, store) => {
    const old = store?.get(key)
    const n = add(isNumber(old) ? old : 0, 1)
    store?.put(key, n)
    return value === undefined ? undefined : `${textOf(value)}#${n}`
  },
}

/** A table value transformer (section 8.11 of the format) and the stores it is connected to. */
export const valueTransformer = (operation: JsonObject) => {
  const name = requiredText(operation, 'transformer')
  const transform = Object.hasOwn(transforms, name) ? transforms[name] : undefined
  if (!transform) throw new NotBuilt(`value transformer ${name}`)
  const stores = texts(operation, 'stores')
  const supplier = {
    get: () => {
      let store: KeyValueStore<unknown, unknown> | undefined
      return {
        init(context: ProcessingContext) {
          if (stores[0] !== undefined) store = context.getStateStore(stores[0])
        },
        transform: (key: unknown, value: unknown) => transform(key, value, store),
      }
    },
  }
  return { supplier, stores }
}
