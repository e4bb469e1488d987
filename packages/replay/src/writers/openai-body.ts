import { inputMembers, present, withRest } from './parts.ts'
import type { Fields, KeptAnswer, KeptRequest } from './writer.ts'

/** Details that the reading adds: they say of what kind an answer is, and stood nowhere in it. */
const ADDED = ['dialect', 'count', 'dimensions', 'content_filter_results']

/** A request whose body has everything at its top, as OpenAI's and those of its kind. */
export function flatRequest(
  { model, stream, input, tools, settings }: KeptRequest,
  first: string,
  others: readonly string[] = []
): Fields {
  // The older form of tools.
  const isOld =
    Array.isArray(tools) &&
    tools.some(
      (tool) =>
        tool?.function === undefined && 'parameters' in Object(tool) && tool.type === undefined
    )
  return present({
    model,
    ...inputMembers(input, first, others),
    [isOld ? 'functions' : 'tools']: tools,
    ...settings,
    stream
  })
}

/** What answers of OpenAI's kind have at their top beside what they answer. */
export function flatAnswer(answer: KeptAnswer, members: Fields): Fields {
  const { id, model, fingerprint, usage, details, rest } = answer
  const told = Object.fromEntries(Object.entries(details).filter(([name]) => !ADDED.includes(name)))
  return withRest(
    present({ id, model, system_fingerprint: fingerprint, ...told, ...members, usage }),
    rest
  )
}
