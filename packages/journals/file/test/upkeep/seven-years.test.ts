import { openAdmin, openFileReader, openLogSource } from '@slm-audit/file'
import { testRetention } from '@slm-audit/testing/conformance'
import { freshPath, openLog } from '../support.ts'

testRetention({
  name: 'files',
  async open(policy) {
    const directory = freshPath()
    const rotate = { bytes: 100_000 }
    const { log, problems } = await openLog({ directory, rotate, compression: 'gzip' }, { policy })
    return {
      ...{ log, problems, admin: openAdmin(directory, { stateFolder: false }) },
      reader: () => openFileReader(directory),
      records: async function* () {
        yield* (await openLogSource(directory)).records()
      }
    }
  }
})
