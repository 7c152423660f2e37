import type { ApiDefinition } from './schema.ts'
import { produce } from './messages/00-produce.ts'
import { fetch } from './messages/01-fetch.ts'
import { listOffsets } from './messages/02-list-offsets.ts'
import { metadata } from './messages/03-metadata.ts'
import { offsetCommit } from './messages/08-offset-commit.ts'
import { offsetFetch } from './messages/09-offset-fetch.ts'
import { findCoordinator } from './messages/10-find-coordinator.ts'
import { joinGroup } from './messages/11-join-group.ts'
import { heartbeat } from './messages/12-heartbeat.ts'
import { leaveGroup } from './messages/13-leave-group.ts'
import { syncGroup } from './messages/14-sync-group.ts'
import { apiVersions } from './messages/18-api-versions.ts'
import { createTopics } from './messages/19-create-topics.ts'
import { deleteTopics } from './messages/20-delete-topics.ts'
import { initProducerId } from './messages/22-init-producer-id.ts'

const all: readonly ApiDefinition[] = [
  produce,
  fetch,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
  findCoordinator,
  joinGroup,
  heartbeat,
  leaveGroup,
  syncGroup,
  apiVersions,
  createTopics,
  deleteTopics,
  initProducerId,
]

/** Every message this protocol has, by api key. */
export const definitions: ReadonlyMap<number, ApiDefinition> = new Map(all.map((api) => [api.key, api]))
