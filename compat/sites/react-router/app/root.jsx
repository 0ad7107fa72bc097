import { Link, Links, Meta, Outlet, Scripts, ScrollRestoration } from 'react-router';
import './site.css';

export const links = () => [{ rel: 'icon', href: '/picture.svg' }];

export function Layout({ children }) {
	return (
		<html lang="en">
			<head>
				<meta charSet="utf-8" />
				<Meta />
				<Links />
			</head>
			<body>
				<nav>
					<Link to="/">Home</Link> <Link to="/notes">Notes</Link> <Link to="/slow">Slow</Link>
				</nav>
				<main>{children}</main>
				<ScrollRestoration />
				<Scripts />
			</body>
		</html>
	);
}

export default function Root() {
	return <Outlet />;
}
