import { type CallRequest, isObject, providerOf, readToolNames, textMember } from '@slm-audit/core'

/**
 * Reads a request. `inputs` names the members that are the input: one that is sent alone is given
 * as it is, several by their names. What is neither model, tools nor input is a setting.
 */
export function readRequest(
  operation: string,
  inputs: readonly string[],
  body: unknown,
  url: URL
): CallRequest {
  const known = { operation, provider: providerOf(url, 'mistral-compatible') }
  if (!isObject(body)) return { ...known, input: body }
  const { model, stream, tools, ...rest } = body
  const members = Object.entries(rest)
  const input = members.filter(([name]) => inputs.includes(name))
  return {
    ...known,
    input: input.length > 1 ? Object.fromEntries(input) : input[0]?.[1],
    settings: Object.fromEntries(members.filter(([name]) => !inputs.includes(name))),
    ...textMember('model', model),
    ...(typeof stream === 'boolean' && { stream }),
    ...(Array.isArray(tools) && {
      tools: tools.map(withoutSecret),
      toolNames: readToolNames(tools)
    })
  }
}

/** Tokens of connectors open other people's doors, and are no part of what was asked. */
function withoutSecret(tool: unknown): unknown {
  if (!isObject(tool) || !('authorization' in tool)) return tool
  const { authorization: _token, ...rest } = tool
  return rest
}
