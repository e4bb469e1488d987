// No record, no call: in mode `blocking-strict` the model is not asked when nothing can be stored.
import { AuditError, createAuditLog, type Journal, memoryJournal } from 'slm-audit'

const broken: Journal = {
  ...memoryJournal(),
  append: () => Promise.reject(new Error('the disk is full'))
}
const onProblem = () => {}
const log = await createAuditLog({
  journal: broken,
  mode: 'blocking-strict',
  deadlineMs: 50,
  onProblem
})

let asked = 0
try {
  await log.record({ operation: 'chat', provider: 'mine' }, async () => ++asked)
} catch (error) {
  if (AuditError.is(error)) console.log(error.code)
}
console.log('model asked', asked, 'times')
process.exit(0)
