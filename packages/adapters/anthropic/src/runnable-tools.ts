import {
  type AnyMethod,
  type AuditLog,
  boundTo,
  isObject,
  recordRuns,
  standInFor,
  textMember
} from '@slm-audit/core/adapter'

/** An object of a client's, of which some members are read. */
export type Members = { readonly [member: string]: unknown }

/** The tools of runners, and their stand-ins, whose runs are recorded. */
export class RunnableTools {
  readonly #log: AuditLog
  readonly #standIns = new WeakMap<object, object>()
  readonly #originals = new WeakMap<object, object>()

  constructor(log: AuditLog) {
    this.#log = log
  }

  /** The stand-in of a tool, always the same one; what the client does not run is given as it is. */
  standIn(tool: unknown): unknown {
    if (!isObject(tool) || this.#originals.has(tool)) return tool
    const { run } = tool
    if (typeof run !== 'function') return tool
    const known = this.#standIns.get(tool)
    if (known) return known
    const laid = recordRuns(this.#log, run as AnyMethod, tool, (args) => runOf(tool, args))
    const made = standInFor<Members>(tool, { run: laid }, boundTo(tool, METHODS))
    this.#standIns.set(tool, made)
    this.#originals.set(made, tool)
    return made
  }

  /** Arguments whose first, params or a function that makes new ones of those before, has stand-ins. */
  inFirst(args: unknown[]): unknown[] {
    const [first, ...rest] = args
    if (typeof first === 'function') {
      const make = first as AnyMethod
      return [
        (...given: unknown[]) => this.#mapped(make(...given), (tool) => this.standIn(tool)),
        ...rest
      ]
    }
    return args.length === 0 ? args : [this.#mapped(first, (tool) => this.standIn(tool)), ...rest]
  }

  /** Params with the application's own tools. */
  originalsIn(params: unknown): unknown {
    return this.#mapped(params, (tool) => (isObject(tool) && this.#originals.get(tool)) || tool)
  }

  #mapped(params: unknown, each: (tool: unknown) => unknown): unknown {
    if (!isObject(params) || !Array.isArray(params.tools)) return params
    return { ...params, tools: params.tools.map(each) }
  }
}

/** What runners call of a tool beside `run`. */
const METHODS = ['parse', 'close', 'toJSON']

/** Tools are given their input and what is around it, sets of tools first what is around, then which of them is asked. */
function runOf(tool: Members, [first, second]: readonly unknown[]) {
  const isSet = typeof tool.name !== 'string'
  const around = isSet ? first : second
  const used = isObject(around) ? (around.toolUse ?? around.toolUseBlock) : undefined
  const asked: Members = isObject(used) ? used : {}
  const name = [asked.name, tool.name].find((one) => typeof one === 'string') ?? 'unknown'
  const input = isSet ? asked.input : first
  return { name, input, ...textMember('toolCallId', asked.id) }
}
