import { type CallRequest, canonicalize, digestMedia, isObject } from '@slm-audit/core/adapter'
import type { AuditedCall } from '@slm-audit/core/reader'
import { joinParts } from './join-parts.ts'

/** What a request asks, in parts that can be compared: canonical JSON by name. */
export interface Asked {
  readonly model: string
  readonly input: string
  readonly tools: string
  readonly settings: string
}

/** A part of what is asked. */
export type AskedPart = keyof Asked

/** The parts, in the order in which a difference is looked for. */
const PARTS = ['model', 'input', 'tools', 'settings'] as const satisfies readonly AskedPart[]

/** Settings that say how an answer is sent, and change nothing of it. */
const OF_SENDING = ['stream', 'stream_options']

/** What a recorded call asked. */
export function askedBy({ record, contents }: AuditedCall): Asked {
  const { call } = record
  return {
    model: textOf(call?.model),
    input: textOf(contents.input),
    tools: textOf(contents.tools),
    settings: settingsOf(joinParts(call?.settings, contents.settings))
  }
}

/** What a request asks that is made now, with its media by their digests as records have them. */
export function askedIn(request: CallRequest): Asked {
  return {
    model: textOf(request.model),
    input: textOf(digestMedia('input', request.input).value),
    tools: textOf(digestMedia('tools', request.tools).value),
    settings: settingsOf(digestMedia('settings', request.settings).value)
  }
}

/** Which parts of two requests differ. */
export function differingParts(one: Asked, other: Asked): readonly AskedPart[] {
  return PARTS.filter((part) => one[part] !== other[part])
}

function settingsOf(settings: unknown): string {
  if (!isObject(settings)) return ''
  const own = Object.entries(settings).filter(
    ([name, value]) => !OF_SENDING.includes(name) && value !== undefined
  )
  return own.length === 0 ? '' : textOf(Object.fromEntries(own))
}

function textOf(value: unknown): string {
  if (value === undefined) return ''
  try {
    return canonicalize(value)
  } catch {
    return JSON.stringify(value) ?? ''
  }
}
