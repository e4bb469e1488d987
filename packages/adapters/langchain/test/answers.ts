import { readFileSync } from 'node:fs'
import type { Answer } from '@slm-audit/testing'

/** A folder of fixtures. */
export const folder = (name: string) => new URL(`../fixtures/${name}/`, import.meta.url)

/** The answer of a fixture, or the first of its events. */
export function answerOf(name: string, events?: number): Answer {
  if (name !== 'streamed') return { chunks: [readFileSync(new URL('response.json', folder(name)))] }
  const frames = readFileSync(new URL('chunks.txt', folder(name)), 'utf8').split(/(?<=\n\n)/)
  return { headers: { 'content-type': 'text/event-stream' }, chunks: frames.slice(0, events) }
}
