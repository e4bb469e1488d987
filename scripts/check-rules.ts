// House rules that the linter does not know. Prints what breaks them in the work tree that it runs in.
import { checkCircles } from './rules/circles.ts'
import { repositoryFiles } from './rules/files.ts'
import { importGraph } from './rules/imports.ts'
import { checkMembers } from './rules/members.ts'
import { checkPackages } from './rules/packages.ts'
import { checkRooms } from './rules/rooms.ts'
import { checkFolders, checkModules, checkSources } from './rules/sources.ts'

const problems: string[] = []
const report = (where: string, problem: string) => problems.push(`${where}: ${problem}`)

const files = repositoryFiles()
const graph = importGraph(files)
checkSources(files, report)
checkMembers(files, report)
checkFolders(files, report)
checkModules(graph, report)
checkCircles(graph, report)
checkRooms(graph, report)
checkPackages(report)

if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exit(1)
}
console.log(`${files.length} files keep the house rules`)
