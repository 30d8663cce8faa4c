export type Tab = { name: string; href: string; current: boolean }

/** Parts of one subject, each with an address of its own. */
export const Tabs = ({ label, tabs }: { label: string; tabs: Tab[] }) => (
  <nav class="tabs" aria-label={label}>
    {tabs.map((tab) => (
      <a href={tab.href} aria-current={tab.current ? 'page' : undefined}>
        {tab.name}
      </a>
    ))}
  </nav>
)
