import { type CallRequest, isObject, providerOf, readToolNames, textMember } from '@slm-audit/core'

type Fields = { readonly [name: string]: unknown }

/** Azure's paths name the deployment that answers. */
const DEPLOYMENT = /\/deployments\/([^/]+)\//

/** Parameters of an address that say how a call is made, and no more: never all, one may be a key. */
const PARAMETERS = ['api-version', 'include', 'include[]', 'starting_after']

/**
 * Reads a request of any OpenAI-style endpoint. `inputs` names the members that are the input: the
 * first alone is given as it is, several by their names. What is neither model, tools nor input is
 * a setting.
 */
export function readRequest(
  operation: string,
  inputs: readonly string[],
  body: unknown,
  url: URL
): CallRequest {
  const known = { operation, provider: providerOf(url, 'openai-compatible') }
  const asked = parametersOf(url)
  const deployment = DEPLOYMENT.exec(url.pathname)?.[1]
  if (!isObject(body)) {
    const stream = streamOf(url.searchParams.get('stream'))
    return { ...known, input: body, settings: asked, ...stream }
  }
  const { model = deployment, stream, tools, ...rest } = body
  const members = Object.entries(rest)
  const input = Object.fromEntries(members.filter(([name]) => inputs.includes(name)))
  const settings = Object.fromEntries(members.filter(([name]) => !inputs.includes(name)))
  return {
    ...known,
    input: inputOf(input, inputs[0]),
    settings: { ...settings, ...asked },
    ...textMember('model', model),
    ...streamOf(stream),
    ...(tools !== undefined && { tools: withoutSecrets(tools), toolNames: readToolNames(tools) })
  }
}

/** Fields of a form are texts. */
function streamOf(stream: unknown): { stream?: boolean } {
  if (stream === 'true' || stream === 'false') return { stream: stream === 'true' }
  return typeof stream === 'boolean' ? { stream } : {}
}

function inputOf(input: Fields, first: string | undefined): unknown {
  const names = Object.keys(input)
  if (names.length === 0) return undefined
  return names.length === 1 && names[0] === first ? input[names[0] ?? ''] : input
}

function parametersOf({ searchParams }: URL): { [name: string]: string | string[] } {
  const found: { [name: string]: string | string[] } = {}
  for (const name of PARAMETERS) {
    const values = searchParams.getAll(name)
    const [only] = values
    if (only !== undefined) found[name] = values.length === 1 ? only : values
  }
  return found
}

/** Keys for MCP servers open other people's doors, and are no part of what was asked. */
function withoutSecrets(tools: unknown): unknown {
  if (!Array.isArray(tools) || !tools.some(isMcp)) return tools
  return tools.map((tool: unknown) => {
    if (!isMcp(tool)) return tool
    const { authorization: _key, headers: _headers, ...rest } = tool
    return rest
  })
}

function isMcp(tool: unknown): tool is Fields {
  return isObject(tool) && tool.type === 'mcp'
}
