import { type CallRequest, isObject, providerOf, readFlatRequest } from '@slm-audit/core/adapter'

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
  const { searchParams } = url
  const deployment = DEPLOYMENT.exec(url.pathname)?.[1]
  const provider = providerOf(url, 'openai-compatible')
  const request = readFlatRequest(body, { operation, provider, inputs })
  return {
    ...(deployment !== undefined && isObject(body) && { model: deployment }),
    ...request,
    settings: { ...request.settings, ...parametersOf(searchParams) },
    // Fields of forms and of addresses are texts.
    ...streamOf(isObject(body) ? body.stream : searchParams.get('stream'))
  }
}

function streamOf(stream: unknown): { stream?: boolean } {
  return stream === 'true' || stream === 'false' ? { stream: stream === 'true' } : {}
}

function parametersOf(searchParams: URLSearchParams): { [name: string]: string | string[] } {
  const found: { [name: string]: string | string[] } = {}
  for (const name of PARAMETERS) {
    const values = searchParams.getAll(name)
    const [only] = values
    if (only !== undefined) found[name] = values.length === 1 ? only : values
  }
  return found
}
