// A log that is anchored, exported and proved; the auditor's half uses @slm-audit/verify alone.
import { readFileSync, writeFileSync } from 'node:fs'
import { exportTiles } from '@slm-audit/sqlite'
import { parseProof, parseTrustPolicy, verifyProof, verifyTiles } from '@slm-audit/verify'
import { createAuditLog, fileAnchor, openReader } from 'slm-audit'

const file = 'audit.db'
const answer = async () => 'Refunds take five days.'

// The operator: checkpoints also go where the operator cannot write, here another file.
for (const input of ['How long does a refund take?', 'And to another account?']) {
  await using log = await createAuditLog({ file, anchors: [fileAnchor('kept.checkpoint')] })
  await log.record({ operation: 'chat', provider: 'mine', input }, answer)
}
await using reader = await openReader(file)
writeFileSync(
  'policy',
  `${(await reader.keys()).map((key) => `log ${key}\n`).join('')}quorum none\n`
)
exportTiles(file, 'tiles')
const [call] = (await reader.query({ kind: 'call' })).items
const [received] = await reader.prove(call?.auditId ?? '')
if (!received) throw new Error('there is no call')

// The auditor: files, and a policy that came another way.
const policy = parseTrustPolicy(readFileSync('policy', 'utf8'))
const against = readFileSync('kept.checkpoint', 'utf8')
const log = verifyTiles('tiles', { policy, against })
console.log(`${log.size} records, ${log.contents} of ${log.committed} contents, as kept elsewhere`)
verifyProof(parseProof(received.proof), Buffer.from(received.record.header), policy)
console.log('the call is in the log')
try {
  const forged = received.record.header.replace('"mine"', '"ours"')
  verifyProof(parseProof(received.proof), Buffer.from(forged), policy)
} catch (error) {
  console.log(String(error))
}
