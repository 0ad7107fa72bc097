import Link from 'next/link';
import './site.css';

export const metadata = { title: 'Home', icons: '/picture.svg' };

export default function Layout({ children }) {
	return (
		<html lang="en">
			<body>
				<nav>
					<Link href="/">Home</Link> <Link href="/notes">Notes</Link>{' '}
					<Link href="/slow" prefetch={false}>
						Slow
					</Link>
				</nav>
				<main>{children}</main>
			</body>
		</html>
	);
}
