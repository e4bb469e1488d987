import { memoryJournal } from '@slm-audit/core'
import { testJournal } from '@slm-audit/testing/conformance'

testJournal({
  name: 'in memory',
  isDurable: false,
  isShared: false,
  make() {
    const journal = memoryJournal()
    return { open: async () => journal, [Symbol.asyncDispose]: async () => undefined }
  }
})
