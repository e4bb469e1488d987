import { BoundedMap } from '../base/bounded-map.ts'
import type { AskedTool } from '../record/call-facts.ts'

/** What is known of a call that may ask for tools, or be the run of one. */
export interface LinkedCall {
  readonly auditId: string
  /** What the tools asked for around the call belong together by. */
  readonly toolGroup: number | undefined
}

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

/** Most ids, calls and families that are remembered, each. */
const MOST = 10_000

/**
 * Finds the model call that asked for a tool. A tool call's id decides where one is known and only
 * one call asked under it. Without an id the name decides, among the tools that the last answer in
 * the same group asked for; where nothing ties a run to a call it stays unlinked.
 */
export class ToolLinks {
  readonly #byId = new BoundedMap<string, Asked | undefined>(MOST)
  readonly #byCall = new BoundedMap<string, readonly Asked[]>(MOST)
  readonly #byToolGroup = new BoundedMap<number, readonly Asked[]>(MOST)

  /** Notes tools that an answer asks for before its end, beside those that it asked for already. */
  asks(call: LinkedCall, tools: readonly AskedTool[]): void {
    const before = this.#byCall.get(call.auditId) ?? []
    const fresh = tools.filter(({ id }) => id === undefined || before.every((one) => one.id !== id))
    this.#note(call, [...before, ...fresh], before)
  }

  /** Notes all tools that an answer asks for; `isModel` says whether it is the answer of a model. */
  noteToolCalls(call: LinkedCall, tools: readonly AskedTool[] = [], isModel: boolean): void {
    const before = this.#byCall.get(call.auditId) ?? []
    this.#byCall.delete(call.auditId)
    if (tools.length > 0 || before.length > 0 || isModel) this.#note(call, tools, before)
  }

  /** The call that asked for a tool's run, when it is certain. */
  find(
    { toolGroup }: LinkedCall,
    name: string | undefined,
    toolCallId?: string
  ): ToolLink | undefined {
    const around = (toolGroup !== undefined && this.#byToolGroup.get(toolGroup)) || []
    const named = around.filter((tool) => tool.name === name)
    const known = around.find(({ id }) => id === toolCallId) ?? this.#byId.get(toolCallId ?? '')
    // Clients make up the ids that a server leaves out.
    const found =
      toolCallId === undefined
        ? named
        : known
          ? [known]
          : named.filter(({ id }) => id === undefined || id === '')
    // Parallel calls of one tool differ by their ids alone, so which of them runs stays open.
    const first = found.find((tool) => tool && !tool.used) ?? found[0]
    if (first === undefined) return undefined
    first.used = true
    return { parent: first.by, toolCallId: found.length === 1 ? first.id : undefined }
  }

  #note(
    { auditId, toolGroup }: LinkedCall,
    tools: readonly AskedTool[],
    before: readonly Asked[]
  ): void {
    const asked = tools.map((tool) => {
      const known = before.find(
        (one) => one === tool || (one.id !== undefined && one.id === tool.id)
      )
      return known ?? { ...tool, by: auditId, used: false }
    })
    if (asked.length > 0) this.#byCall.set(auditId, asked)
    if (toolGroup !== undefined) this.#byToolGroup.set(toolGroup, asked)
    for (const tool of asked) {
      if (tool.id !== undefined && !before.includes(tool)) this.#noteId(tool.id, tool)
    }
  }

  /** Servers may count their ids from the start in every answer: where two asked, nobody is taken for the asker. */
  #noteId(id: string, tool: Asked): void {
    const known = this.#byId.get(id)
    const isAmbiguous = this.#byId.has(id) && (known === undefined || !known.used)
    this.#byId.set(id, isAmbiguous ? undefined : tool)
  }
}
