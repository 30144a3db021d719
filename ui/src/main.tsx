import 'virtual:uno.css'
import './base.css'
import { Route, Router } from '@solidjs/router'
import { render } from 'solid-js/web'
import { later } from './components/later.tsx'
import { signInByLink } from './data/access.ts'
import { loadFaces } from './data/faces.ts'
import { watchHistory } from './data/scroll.ts'
import { startSending } from './data/sending.ts'
import { startLive } from './data/store.ts'
import { Shell } from './features/shell/shell.tsx'
import { HomePage } from './pages/home.tsx'
import { LoginPage } from './pages/login.tsx'
import { NotFoundPage } from './pages/not-found.tsx'

// Home is what most people open first; every other page comes when it is wanted, or before that when there is time.
const AgentPage = later(async () => (await import('./pages/agent.tsx')).AgentPage)
const AgentsPage = later(async () => (await import('./pages/agents.tsx')).AgentsPage)
const DoctorPage = later(async () => (await import('./pages/doctor.tsx')).DoctorPage)
const InboxPage = later(async () => (await import('./pages/inbox.tsx')).InboxPage)
const NewTaskPage = later(async () => (await import('./pages/new-task.tsx')).NewTaskPage)
const SettingsPage = later(async () => (await import('./pages/settings.tsx')).SettingsPage)
const TaskPage = later(async () => (await import('./pages/task.tsx')).TaskPage)
const TasksPage = later(async () => (await import('./pages/tasks.tsx')).TasksPage)
// Few people look at it, and it is large: never fetched before it is wanted.
const DesignPage = later(async () => (await import('./pages/design.tsx')).DesignPage)

const root = document.getElementById('app')
if (!root) throw new Error('index.html has no #app')

const faces = loadFaces()
// Before anything is asked for: a link may bring the token to ask with.
const problem = await signInByLink()
await faces
watchHistory()
startLive()
startSending()
render(
  () => (
    <>
      <Router root={Shell}>
        <Route path="/" component={HomePage} />
        <Route path="/inbox/:id?" component={InboxPage} />
        <Route path="/tasks" component={TasksPage} />
        <Route path="/new" component={NewTaskPage} />
        <Route path="/tasks/:id/agents/:aid" component={AgentPage} />
        <Route path={['/tasks/:id/:tab?', '/tasks/:id/:tab/*file']} component={TaskPage} />
        <Route path="/agents" component={AgentsPage} />
        <Route path="/doctor" component={DoctorPage} />
        <Route path="/settings/:section?" component={SettingsPage} />
        <Route path="/design" component={DesignPage} />
        <Route path="*" component={NotFoundPage} />
      </Router>
      <LoginPage problem={problem} />
    </>
  ),
  root,
)

// Going to a page shows it at once then, also while the server is away or has been replaced by a newer one.
const fetchPages = async (): Promise<void> => {
  const pages = [TaskPage, AgentPage, InboxPage, TasksPage, NewTaskPage, AgentsPage, SettingsPage]
  for (const page of [...pages, DoctorPage]) await page.preload()
}
setTimeout(() => void fetchPages(), 1500)
