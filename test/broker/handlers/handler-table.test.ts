import { HandlerTable } from '../../../lib/broker/handlers/handler-table.ts'
import { onDemand } from '../../../lib/broker/handlers/index.ts'

describe('apis loaded on demand', () => {
  test.each(onDemand.map(([apiKey, versions, load]) => ({ apiKey, versions, load })))('api $apiKey should have the versions $versions that clients are told of', async ({ apiKey, versions, load }) => {
    const { api } = await load()
    expect({ apiKey: api.key, versions: api.versions }).toEqual({ apiKey, versions })
  })

  test('should be loaded once, and be there at once after that', async () => {
    let loads = 0
    const [apiKey, versions, load] = onDemand[0]!
    const table = new HandlerTable([], [[apiKey, versions, () => {
      loads++
      return load()
    }]])
    const [first, second] = [table.get(apiKey), table.get(apiKey)]
    expect(first).toBeInstanceOf(Promise)
    expect(await first).toBe(await second)
    expect(table.get(apiKey)).toBe(await first)
    expect(loads).toBe(1)
    expect(table.get(999)).toBeUndefined()
  })
})
