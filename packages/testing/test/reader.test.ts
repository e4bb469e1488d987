import { memoryJournal } from '@slm-audit/core'
import { memoryReader } from '@slm-audit/core/reader'
import { testReader } from '@slm-audit/testing/conformance'

testReader({
  name: 'a journal in memory',
  make() {
    const journal = memoryJournal()
    return {
      open: async () => journal,
      read: async () => memoryReader(journal),
      [Symbol.asyncDispose]: async () => undefined
    }
  }
})
