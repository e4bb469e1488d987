// Appends and packs, and kills itself at one call: killed.ts <directory> <call> <before|half|after>
import { writeSync } from 'node:fs'
import { faultyFiles } from '../faulty-files.ts'
import { appendAndPack } from '../scenario.ts'

const [directory = '', at = '0', when = 'before'] = process.argv.slice(2)
const { files } = faultyFiles(Number(at), (run, cutShort) => {
  if (when === 'after') run()
  if (when === 'half') cutShort()
  process.kill(process.pid, 'SIGKILL')
})
await appendAndPack(directory, files, (auditId) => writeSync(1, `${auditId}\n`))
writeSync(1, 'through\n')
