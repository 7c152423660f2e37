/** To be imported first: TypeScript can be run in this thread, and in the worker threads that are started from it, which tsx alone leaves out. */
import { register } from 'tsx/esm/api'
import { register as registerCommonJs } from 'tsx/cjs/api'

registerCommonJs()
register()
