import { FetchMemory } from '../../lib/client/fetch-memory.ts'
import { FetchSizes } from '../../lib/client/fetch-sizes.ts'
import { resolveFetcherOptions } from '../../lib/client/fetcher-options.ts'
import type { FetcherOptions } from '../../lib/client/types.ts'

const MB = 1024 * 1024

const sizesWith = (options: Partial<FetcherOptions> = {}): { memory: FetchMemory; sizes: FetchSizes } => {
  const memory = new FetchMemory()
  return { memory, sizes: new FetchSizes(resolveFetcherOptions({ onChunk: () => {}, ...options }), memory) }
}

/** As after responses that brought all they could. */
const grown = (sizes: FetchSizes): FetchSizes => {
  for (let i = 0; i < 5; i++) sizes.came(sizes.response)
  return sizes
}

describe('FetchSizes', () => {
  test('should begin with little and ask for more when responses come full', () => {
    const { sizes } = sizesWith()
    expect(sizes.response).toBe(MB)
    sizes.came(1000)
    expect(sizes.response).toBe(MB)
    sizes.came(MB)
    expect(sizes.response).toBe(2 * MB)
    expect(grown(sizes).response).toBe(8 * MB)
  })

  test('should ask for less as the fetchers of the process hold more, but never for less than a megabyte', () => {
    const { memory, sizes } = sizesWith()
    grown(sizes)
    memory.take(8 * MB)
    expect(sizes.response).toBe(4 * MB)
    memory.take(100 * MB)
    expect(sizes.response).toBe(MB)
    memory.take(-108 * MB)
    expect(sizes.response).toBe(8 * MB)
  })

  test('should let one partition fill a response, several a megabyte each, and less while memory is short', () => {
    const { memory, sizes } = sizesWith()
    grown(sizes)
    expect([1, 2, 100].map((partitions) => sizes.share(partitions))).toEqual([8 * MB, 4 * MB, MB])
    memory.take(100 * MB)
    expect(sizes.share(100)).toBe(MB / 4)
  })

  test('should keep to what it was told', () => {
    const { memory, sizes } = sizesWith({ maxBytes: 50_000, maxPartitionBytes: 9000 })
    memory.take(100 * MB)
    grown(sizes)
    expect([sizes.response, sizes.share(3)]).toEqual([50_000, 9000])
  })
})
