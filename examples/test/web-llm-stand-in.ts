// Loaded before the example: WebLLM's engine is the real one, and its model, which needs WebGPU, a stand-in.
import { createRequire, registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

const adapters = new URL('../adapters/package.json', import.meta.url)
const real = pathToFileURL(createRequire(adapters).resolve('@mlc-ai/web-llm')).href
const standIn = new URL('../../packages/adapters/web-llm/test/stand-in.ts', import.meta.url).href
const source = `
  import { MLCEngine } from ${JSON.stringify(real)}
  import { standIn } from ${JSON.stringify(standIn)}
  export const CreateMLCEngine = async () => standIn(new MLCEngine({ logLevel: 'SILENT' })).engine
`

registerHooks({
  resolve(specifier, context, next) {
    const isExamples = context.parentURL?.endsWith('/adapters/web-llm.ts') === true
    if (specifier !== '@mlc-ai/web-llm' || !isExamples) return next(specifier, context)
    return { url: `data:text/javascript,${encodeURIComponent(source)}`, shortCircuit: true }
  }
})
