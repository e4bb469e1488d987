import { isObject } from '@slm-audit/core/adapter'

/** Finds which of the tool calls that a model asked for a function is run for; its runner does not say. */
export interface ToolCallIds {
  /** Notes from which text the arguments were parsed, and gives them as they are. */
  parsed(raw: unknown, parsed: unknown): unknown
  /** The id of the call that `runner` runs with `input`, where it is certain. */
  find(runner: unknown, input: unknown): unknown
}

/** For the runs of one tool by one runner. */
export function toolCallIds(name: string): ToolCallIds {
  const used = new WeakSet<object>()
  const texts = new Map<unknown, unknown[]>()
  const note = (raw: unknown) => (value: unknown) => {
    texts.set(value, [...(texts.get(value) ?? []), raw])
  }
  return {
    parsed(raw, parsed) {
      if (parsed instanceof Promise) parsed.then(note(raw), () => undefined)
      else note(raw)(parsed)
      return parsed
    },
    find(runner, input) {
      const [raw = input, ...rest] = texts.get(input) ?? []
      if (rest.length > 0) texts.set(input, rest)
      else texts.delete(input)
      const open = askedIn(runner, name).filter((call) => !used.has(call))
      const found =
        open.find((call) => argumentsOf(call) === raw) ?? (open.length === 1 ? open[0] : undefined)
      if (found === undefined) return undefined
      used.add(found)
      return found.id
    }
  }
}

type Members = { readonly [member: string]: unknown }

/** What the last answer in the runner's messages asks of a tool. */
function askedIn(runner: unknown, name: string): readonly Members[] {
  const messages: unknown = isObject(runner) ? runner.messages : undefined
  if (!Array.isArray(messages)) return []
  const answer: unknown = messages.findLast((one) => isObject(one) && one.role === 'assistant')
  const calls = isObject(answer) ? answer.tool_calls : undefined
  if (!Array.isArray(calls)) return []
  return calls.filter((call): call is Members => isObject(call) && nameOf(call) === name)
}

function nameOf(call: Members): unknown {
  return isObject(call.function) ? call.function.name : undefined
}

function argumentsOf(call: Members): unknown {
  return isObject(call.function) ? call.function.arguments : undefined
}
