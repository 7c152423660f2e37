/** Java's names of the clients of a stream thread: tags of their metrics, and what its metadata tell. */
export const clientNames = (threadName: string, clientId: string) => ({
  consumerClientId: `${threadName}-consumer`,
  restoreConsumerClientId: `${threadName}-restore-consumer`,
  producerClientIds: [`${threadName}-producer`] as const,
  adminClientId: `${clientId}-admin`,
})
