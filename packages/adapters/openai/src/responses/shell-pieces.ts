import { growList, isObject, laterState } from '@slm-audit/core/adapter'

type Fields = { [name: string]: unknown }

/** Adds to an item what an event says of the commands of a shell, or of what they wrote: they have numbers of their own. */
export function stepShell(item: Fields, { type, command_index: at, ...event }: Fields): void {
  const [, kind, way] =
    /^response\.shell_call_(command|output_content)\.(delta|done)$/.exec(String(type)) ?? []
  if (kind === undefined || !Number.isInteger(at) || Number(at) < 0) return
  if (kind === 'command') stepCommand(item, Number(at), way === 'done' ? event.command : event)
  else stepOutput(item, Number(at), way === 'done' ? event.output : event.delta)
}

/** A piece of a command, or the whole of it, which is a text. */
function stepCommand(item: Fields, at: number, told: unknown): void {
  const action = { ...(isObject(item.action) && item.action) }
  const commands = growList(action, 'commands', [])
  const place = Math.min(at, commands.length)
  const before = commands[place] ?? ''
  if (isObject(told)) commands[place] = `${String(before)}${textOf(told.delta)}`
  else commands[place] = laterState(before, told)
  item.action = action
}

/** A piece of what a command wrote, or the list of all that it did. */
function stepOutput(item: Fields, at: number, told: unknown): void {
  const outputs = growList(item, 'output', [])
  const place = Math.min(at, outputs.length)
  const before = isObject(outputs[place]) ? outputs[place] : {}
  if (Array.isArray(told)) {
    outputs.splice(place, 1, ...(laterState([before], told) as readonly unknown[]))
  } else if (isObject(told)) {
    const joined = Object.entries(told).map(([name, text]) => [
      name,
      `${textOf(before[name])}${textOf(text)}`
    ])
    outputs[place] = { ...before, ...Object.fromEntries(joined) }
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
