import fastifySwagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'

/** Collects the routes' schemas into an OpenAPI 3 document. */
export const swagger = async (app: FastifyInstance): Promise<void> => {
  await app.register(fastifySwagger, {
    openapi: { info: { title: 'Millrace state', version: '1', description: 'Queryable state of a Millrace application' } },
  })
}
