import { describeConfigs } from '../../protocol/messages/32-describe-configs.ts'
import type { RequestOf, ResponseInput } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { findResource } from '../config/config-resources.ts'
import { documentationOf } from '../config/setting-documentation.ts'
import { SettingType } from '../config/setting.ts'
import { handler } from './handler.ts'
import type { RequestContext } from './handler.ts'

type Request = RequestOf<typeof describeConfigs>
type ResourceAnswer = ResponseInput<typeof describeConfigs>['results'][number]

const describe = ({ resourceType, resourceName, configurationKeys }: Request['resources'][number], { includeSynonyms, includeDocumentation }: Request, context: RequestContext): ResourceAnswer => {
  const resource = findResource(resourceType, resourceName, context)
  if ('error' in resource) return { errorCode: resource.error, errorMessage: resource.message, resourceType, resourceName, configs: [] }
  const wanted = [...resource.settings.values()].filter(({ name, shownWhenSet }) => (resource.shown?.has(name) ?? true) && (!shownWhenSet || resource.overrides.has(name)) && (configurationKeys === undefined || configurationKeys.length === 0 || configurationKeys.includes(name)))
  return {
    errorCode: errorCodes.NONE,
    resourceType,
    resourceName,
    configs: wanted.map(({ name, type, readOnly }) => {
      const { value, source, synonyms, isUnset } = resource.effective(name)
      const isSensitive = type === SettingType.PASSWORD
      const told = isSensitive ? synonyms.map((synonym) => ({ ...synonym, value: undefined })) : synonyms
      return {
        name,
        value: isUnset || isSensitive ? undefined : value,
        readOnly: readOnly === true,
        configSource: source,
        isSensitive,
        synonyms: includeSynonyms ? told : [],
        configType: type,
        documentation: includeDocumentation ? documentationOf(name) : undefined,
      }
    }),
  }
}

export const describeConfigsHandler = handler<typeof describeConfigs>({
  api: describeConfigs,
  handle: (request, context) => ({ results: request.resources.map((resource) => describe(resource, request, context)) }),
  fail: (request, errorCode) => ({ results: request.resources.map(({ resourceType, resourceName }) => ({ errorCode, resourceType, resourceName, configs: [] })) }),
})
