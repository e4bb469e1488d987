import { type CallRequest, isObject, providerOf, readToolNames } from '@slm-audit/core/adapter'

/** `…/models/{model}:{method}` of the Gemini API and of Vertex AI, whose models may be of others. */
const PATH =
  /\/(?:publishers\/google\/models|(?:v1\w*\/)?(?:models|tunedModels)|endpoints)\/([^/:]+):(\w+)$/
const OTHERS = /\/publishers\/(?!google\/)/

/** The model and the method that a path names, if it is one of Google's own. */
export function readPath({ pathname }: URL): { model: string; method: string } | undefined {
  const [, model, method] = PATH.exec(pathname) ?? []
  if (model === undefined || method === undefined || OTHERS.test(pathname)) return undefined
  return { model: decodeURIComponent(model), method }
}

/** What every request says: the operation, who serves it, and the model from its path. */
export function readTarget(operation: string, url: URL): CallRequest {
  const model = readPath(url)?.model
  return {
    operation,
    provider: providerOf(url, 'gcp.gen_ai'),
    ...(model !== undefined && { model })
  }
}

/** Tools as sent, with the names of the functions declared in them. */
export function readTools(tools: unknown): Pick<CallRequest, 'tools' | 'toolNames'> {
  if (tools === undefined) return {}
  const declared = (Array.isArray(tools) ? tools : []).flatMap((tool) =>
    isObject(tool) && Array.isArray(tool.functionDeclarations) ? tool.functionDeclarations : []
  )
  return { tools: withoutSecrets(tools), toolNames: readToolNames(declared) }
}

/** Members that hold keys to other people's doors, and are not part of what was asked. */
const SECRETS = new Set(['apiAuth', 'apiKey', 'authConfig', 'headers'])

/** Tools without keys: of MCP servers, search engines and maps; declared functions have none. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets)
  if (!isObject(value)) return value
  const kept = Object.entries(value).filter(([name]) => !SECRETS.has(name))
  return Object.fromEntries(
    kept.map(([name, member]) => [
      name,
      name === 'functionDeclarations' ? member : withoutSecrets(member)
    ])
  )
}
