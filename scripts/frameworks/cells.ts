// What the table of docs/frameworks.md says of an application, from what came of its scenes.
import type { Played } from './play-app.ts'

/** A row's cells: what is recorded. */
export interface Cells {
  /** `all`: one record of each request to a model, with its answer. */
  readonly calls: string
  readonly streams: string
  /** `yes`: each run of a tool, below the call that asked for it. */
  readonly tools: string
  /** `yes`: the calls stand in the steps of the framework. */
  readonly tree: string
  readonly session: string
}

/** Reads the cells from scenes by name; what has no steps of its own has no tree. */
export function cellsOf(scenes: { readonly [scene: string]: Played }, hasSteps: boolean): Cells {
  const all = Object.values(scenes)
  const sum = (
    name: 'requests' | 'calls' | 'others' | 'toolRuns' | 'tools' | 'linkedTools' | 'strays'
  ) => all.reduce((total, played) => total + played[name], 0)
  const { stream, tools } = scenes
  return {
    calls: callsCell(all),
    streams: stream === undefined ? '–' : yesOrNo(stream.streamed >= 1),
    tools: toolsCell(sum('toolRuns'), sum('tools'), sum('linkedTools')),
    tree: hasSteps ? treeCell(tools ?? scenes.plain) : '–',
    session: yesOrNo(all.every(({ strays, calls, tools: ran }) => strays === 0 && calls + ran > 0))
  }
}

/** Scene by scene, so that what one has twice does not make up for what another lacks. */
function callsCell(all: readonly Played[]): string {
  const isAll = all.every(({ requests, calls, others }) => calls === requests && others === 0)
  if (isAll) return 'all'
  const recorded = all.reduce((total, { calls, others }) => total + calls + others, 0)
  const requests = all.reduce((total, played) => total + played.requests, 0)
  return recorded === requests
    ? `${recorded} for ${requests}, one by one not all`
    : `${recorded} for ${requests}`
}

function toolsCell(runs: number, recorded: number, linked: number): string {
  if (runs === 0) return '–'
  if (recorded !== runs) return recorded === 0 ? 'no' : `${recorded} for ${runs}`
  return linked === runs ? 'yes' : 'unlinked'
}

function treeCell(played: Played | undefined): string {
  if (played === undefined || played.steps === 0) return 'no'
  return yesOrNo(played.callsInSteps === played.calls)
}

function yesOrNo(is: boolean): string {
  return is ? 'yes' : 'no'
}
