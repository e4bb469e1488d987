import { expect, test } from 'vitest'
import { ComingAnswer } from '../../src/recording/coming-answer.ts'

const facts = {
  contentType: 'application/json',
  requestId: undefined,
  headers: undefined,
  whole: false,
  isError: false,
  attempt: 1
}

test('a body over 8 MiB that is no stream, in small chunks, costs no more with each of them', () => {
  const most = 64 * 1024 * 1024
  const chunk = '12345678'
  const answer = new ComingAnswer()
  answer.add(
    facts,
    Array.from({ length: 1024 * 1024 }, () => chunk),
    undefined,
    most
  )
  for (let more = 0; more < 5_000; more++) answer.add(facts, [chunk], undefined, most)
  let held = 0
  const read = ({ chunks }: { readonly chunks: readonly unknown[] }) => {
    held = chunks.length
    return {}
  }
  answer.response(facts, [], read, (later) => {
    later()
    return { altered: [] } as never
  })
  expect(held).toBe(1024 * 1024 + 5_000)
})
