export default defineNuxtConfig({
	compatibilityDate: '2026-11-01',
	devtools: { enabled: false },
	// The preset node-listener does not serve what is in public unless it is told to.
	nitro: { serveStatic: true },
	app: { head: { title: 'Home', link: [{ rel: 'icon', href: '/picture.svg' }] } },
});
