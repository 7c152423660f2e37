import { Serdes, StreamsBuilder } from '../../../lib/index.ts'
import type { Topology } from '../../../lib/index.ts'
import type { DslStoreType } from '../../../dsl/store-type.ts'
import type { ReadRecord } from './test-cluster.ts'

const text = { key: Serdes.string, value: Serdes.string }

/** The part of an order that names its customer: `customer|rest`. */
export const customerOf = (order: string): string | undefined => (order.includes('|') ? order.split('|')[0] : undefined)

/** Joins the table in `orders` with the one in `customers`, by the customer of each order, into `output`. */
export const ordersOfCustomers = (kind: 'inner' | 'left', orders: string, customers: string, output: string, storeType: DslStoreType = 'in_memory'): Topology => {
  const builder = new StreamsBuilder({ 'default.dsl.store': storeType })
  const left = builder.table(orders, text, { store: 'orders', ...text })
  const right = builder.table(customers, text, { store: 'customers', ...text })
  const joined = { name: 'orders-of-customers' }
  const pair = (order: string, customer: string | undefined): string => `${order}+${customer}`
  const table = kind === 'inner'
    ? left.join(right, customerOf, pair, joined, { store: 'joined', ...text })
    : left.leftJoin(right, customerOf, pair, joined, { store: 'joined', ...text })
  table.toStream().to(output, text)
  return builder.build()
}

/** Both tables as they should be, and what they should be joined to. */
export class OrdersModel {
  readonly orders = new Map<string, string>()
  readonly customers = new Map<string, string>()

  joined(kind: 'inner' | 'left'): Record<string, string> {
    const result: Record<string, string> = {}
    for (const [key, order] of [...this.orders].sort()) {
      const customer = this.customers.get(customerOf(order) ?? '')
      if (customer !== undefined || kind === 'left') result[key] = `${order}+${customer}`
    }
    return result
  }
}

/** The last value of each key, without deleted ones. */
export const lastRows = (records: readonly ReadRecord[]): Record<string, string> => {
  const rows = new Map<string, string>()
  for (const { key, value } of records) {
    if (value === undefined) rows.delete(String(key))
    else rows.set(String(key), value.toString())
  }
  return Object.fromEntries([...rows].sort())
}
