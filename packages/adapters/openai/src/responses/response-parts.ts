import { growList, isObject, laterState } from '@slm-audit/core/adapter'

type Fields = { [name: string]: unknown }

/** The part of an item that an event continues; one that was never announced starts with it. */
export function partOf(item: Fields, list: string, event: Fields): Fields {
  const known = partsIn(item, list)[indexOf(event)]
  if (isObject(known)) return known
  return setPart(item, list, event, {})
}

/** Puts a part where its event says, over what came of it before. */
export function setPart(item: Fields, list: string, event: Fields, part: Fields): Fields {
  const parts = growList(item, list, [])
  const index = Math.min(indexOf(event), parts.length)
  const state = { ...(laterState(parts[index], part) as Fields) }
  parts[index] = state
  return state
}

function partsIn(item: Fields, list: string): readonly unknown[] {
  const parts = item[list]
  return Array.isArray(parts) ? (parts as readonly unknown[]) : []
}

function indexOf({ content_index, summary_index }: Fields): number {
  const index = summary_index ?? content_index
  return Number.isInteger(index) && Number(index) >= 0 ? Number(index) : 0
}
