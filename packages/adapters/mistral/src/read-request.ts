import { type CallRequest, providerOf, readFlatRequest } from '@slm-audit/core/adapter'

/**
 * Reads a request. `inputs` names the members that are the input: the first alone is given as it is,
 * several by their names. What is neither model, tools nor input is a setting.
 */
export function readRequest(
  operation: string,
  inputs: readonly string[],
  body: unknown,
  url: URL
): CallRequest {
  const provider = providerOf(url, 'mistral-compatible')
  return readFlatRequest(body, { operation, provider, inputs })
}
