import { type Fixture, framesOf } from './fixture.ts'

/** A byte that goes on a character of several (UTF-8). */
const isContinuation = (byte: number | undefined) => byte !== undefined && (byte & 0xc0) === 0x80

/**
 * Where an answer is split in two: around the ends of its frames, inside of its characters, and
 * evenly elsewhere.
 */
export function splitsOf(fixture: Fixture): number[] {
  const { answer, isStream } = fixture
  const places = new Set<number>()
  let end = 0
  for (const frame of isStream ? framesOf(fixture) : []) {
    end += frame.length
    for (let at = end - 2; at <= end + 1; at++) places.add(at)
  }
  for (let at = 1; at < answer.length; at++) if (isContinuation(answer[at])) places.add(at)
  const step = Math.max(1, Math.floor(answer.length / (isStream ? 60 : 20)))
  for (let at = 1; at < answer.length; at += step) places.add(at)
  return [...places].filter((at) => at > 0 && at < answer.length)
}
