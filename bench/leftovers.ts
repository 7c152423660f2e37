import { Admin, Cluster } from '../lib/client/index.ts'

/** Runs `work` with an admin client. @throws {Error} when no broker can be reached */
export const withAdmin = async <T>(brokers: readonly string[], work: (admin: Admin) => Promise<T>): Promise<T> => {
  const cluster = new Cluster({ bootstrapServers: [...brokers], clientId: 'millrace-bench' })
  try {
    await cluster.connect()
    return await work(new Admin(cluster))
  } finally {
    await cluster.close()
  }
}

/** Deletes the topics and groups whose names begin so, except those of the `before` list: what one run left behind. */
export const removeLeftovers = (brokers: readonly string[], prefix: string, before: readonly string[] = []): Promise<void> =>
  withAdmin(brokers, async (admin) => {
    const isOurs = (name: string): boolean => name.startsWith(prefix) && !before.includes(name)
    const topics = (await admin.listTopics()).filter(isOurs)
    if (topics.length > 0) await admin.deleteTopics(topics, { ifExists: true })
    const groups = (await admin.listGroups()).map(({ groupId }) => groupId).filter(isOurs)
    // a group whose member is still leaving stays; brokers forget it by themselves
    await admin.deleteGroups(groups).catch(() => {})
  })

/** The names of topics and groups that begin so. */
export const namesLike = (brokers: readonly string[], prefix: string): Promise<string[]> =>
  withAdmin(brokers, async (admin) => {
    const names = [...(await admin.listTopics()), ...(await admin.listGroups()).map(({ groupId }) => groupId)]
    return names.filter((name) => name.startsWith(prefix))
  })
