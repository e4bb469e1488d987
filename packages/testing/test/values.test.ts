import { collect, testValues } from '../src/conformance.ts'

const request = { operation: 'chat', provider: 'own' }
const answer = { text: 'Rain in Ulm.', tokens: 9_001, parts: [{ id: 'part_1', mood: 'wet' }] }

testValues({
  name: 'log.record: what a function gives',
  given: [answer],
  play: (log, [given]) => log.record(request, async () => given)
})

testValues({
  name: 'log.record: the items of a generator',
  given: [{ delta: 'Rain in ' }, { delta: 'Ulm.' }, { ...answer, delta: '' }],
  isStream: true,
  async play(log, items) {
    await collect(
      log.record(request, async function* () {
        yield* items
      })
    )
  }
})

testValues({
  name: 'log.tool: what a tool gives',
  given: [answer],
  play: (log, [given]) => log.tool('weather', async () => given)
})
