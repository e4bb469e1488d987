import {
  type AnyMethod,
  type AuditLog,
  isObject,
  over,
  recordRuns,
  replaceRunner,
  standInFor,
  textMember
} from '@slm-audit/core/adapter'
import { toolCallIds } from './tool-call-ids.ts'

type Members = { readonly [member: string]: unknown }

/**
 * Has the tools recorded that `runTools` runs (`runFunctions` of major 4, too), each below the call that asked for it. The
 * runner is given stand-ins of the tools; those of the application stay as they are.
 */
export function recordTools(client: object, log: AuditLog): void {
  const { chat, beta } = client as Members
  for (const group of [chat, isObject(beta) ? beta.chat : undefined]) {
    const completions = isObject(group) ? group.completions : undefined
    const tools = standInsIn('tools', (tool) => runnableTool(tool, log))
    replaceRunner(completions, 'runTools', log, tools)
    const functions = standInsIn('functions', (called) => runnableFunction(called, log))
    replaceRunner(completions, 'runFunctions', log, functions)
  }
}

/** Arguments whose body has stand-ins in a list of it. */
function standInsIn(list: string, made: (one: Members) => Members) {
  return (args: unknown[]): unknown[] => {
    const [body, ...rest] = args
    const given = isObject(body) ? body[list] : undefined
    if (!isObject(body) || !Array.isArray(given)) return args
    const laid = given.map((one: unknown) => (isObject(one) ? made(one) : one))
    return [{ ...body, [list]: laid }, ...rest]
  }
}

/** A tool as helpers for schemas make it has its function beside what is sent; others have it in `function`. */
function runnableTool(tool: Members, log: AuditLog): Members {
  const called = tool.function
  if (!isObject(called)) return tool
  if (tool.$brand === 'auto-parseable-tool') {
    const { $callback, $parseRaw } = tool
    const name = typeof called.name === 'string' ? called.name : ''
    const laid = laidMembers({ native: $callback, parse: $parseRaw, name }, log)
    return standInFor(tool, { $callback: laid.native, $parseRaw: laid.parse })
  }
  const laid = runnableFunction(called, log)
  return laid === called ? tool : standInFor(tool, { function: laid })
}

function runnableFunction(called: Members, log: AuditLog): Members {
  const { function: native, parse } = called
  if (typeof native !== 'function') return called
  const name = typeof called.name === 'string' && called.name ? called.name : native.name
  const laid = laidMembers({ native, parse, name, self: called }, log)
  const members = parse === undefined ? {} : { parse: laid.parse }
  return standInFor(called, { function: laid.native, ...members })
}

/** What a runner calls of a tool. */
interface Called {
  readonly native: unknown
  readonly parse: unknown
  readonly name: string
  readonly self?: object
}

function laidMembers({ native, parse, name, self }: Called, log: AuditLog) {
  const ids = toolCallIds(name)
  const about = ([input, runner]: readonly unknown[]) => {
    return { name, input, ...textMember('toolCallId', ids.find(runner, input)) }
  }
  const parsed: AnyMethod | undefined =
    typeof parse === 'function'
      ? over(parse as AnyMethod, (host, raw, ...more) => ids.parsed(raw, host(raw, ...more)))
      : undefined
  return {
    native:
      typeof native === 'function' ? recordRuns(log, native as AnyMethod, self, about) : native,
    parse: parsed && self ? parsed.bind(self) : (parsed ?? parse)
  }
}
