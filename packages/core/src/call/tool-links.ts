import type { AskedTool } from '../record/call-facts.ts'
import type { Opened } from './call.ts'

/** What a tool's run is found to belong to. */
export interface ToolLink {
  /** auditId of the model call that asked for it. */
  readonly parent: string
  readonly toolCallId?: string | undefined
}

interface Asked extends AskedTool {
  readonly by: string
  used: boolean
}

const MAX_IDS = 10_000

/**
 * Finds the model call that asked for a tool. A tool call's id decides where one is known and only
 * one call asked under it. Without an id the name decides, among the tools that the last answer in
 * the same scope asked for; where nothing ties a run to a call it stays unlinked.
 */
export class ToolLinks {
  readonly #byId = new Map<string, Asked | undefined>()
  readonly #byCall = new WeakMap<Opened, readonly Asked[]>()
  readonly #byScope = new WeakMap<object, readonly Asked[]>()

  /** Notes tools that an answer asks for before its end, beside those that it asked for already. */
  asks(call: Opened, tools: readonly AskedTool[]): void {
    const before = this.#byCall.get(call) ?? []
    const fresh = tools.filter(({ id }) => id === undefined || before.every((one) => one.id !== id))
    this.answered(call, [...before, ...fresh])
  }

  /** Notes all tools that an answer asks for. */
  answered(
    call: Opened,
    toolCalls: readonly AskedTool[] | undefined,
    isModel = call.request.kind.value === 'call'
  ): void {
    const before = this.#byCall.get(call) ?? []
    const asked = (toolCalls ?? []).map(
      (tool) =>
        before.find((one) => one === tool || (one.id !== undefined && one.id === tool.id)) ?? {
          ...tool,
          by: call.auditId,
          used: false
        }
    )
    if (asked.length > 0 || before.length > 0) this.#byCall.set(call, asked)
    const { family } = call.scope
    if (family && (asked.length > 0 || isModel)) {
      this.#byScope.set(family, asked)
    }
    for (const tool of asked) {
      if (tool.id !== undefined && !before.includes(tool)) this.#note(tool.id, tool)
    }
  }

  /** The call that asked for a tool's run, when it is certain. */
  find(call: Opened): ToolLink | undefined {
    const { name, toolCallId } = call.request.tool
    const around = (call.scope.family && this.#byScope.get(call.scope.family)) ?? []
    const found =
      toolCallId === undefined
        ? around.filter((tool) => tool.name === name)
        : [around.find(({ id }) => id === toolCallId) ?? this.#byId.get(toolCallId)]
    // Parallel calls of one tool differ by their ids alone, so which of them runs stays open.
    const first = found.find((tool) => tool && !tool.used) ?? found[0]
    if (first === undefined) return undefined
    first.used = true
    return { parent: first.by, toolCallId: found.length === 1 ? first.id : undefined }
  }

  /** Servers may count their ids from the start in every answer: two askers are no asker. */
  #note(id: string, tool: Asked): void {
    const known = this.#byId.get(id)
    const ambiguous = this.#byId.has(id) && (known === undefined || !known.used)
    this.#byId.delete(id)
    this.#byId.set(id, ambiguous ? undefined : tool)
    const oldest = this.#byId.size > MAX_IDS ? this.#byId.keys().next().value : undefined
    if (oldest !== undefined) this.#byId.delete(oldest)
  }
}
