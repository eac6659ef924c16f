<?php
// What a web server's rewrite rules do: files as they are, the rest is
// WordPress's to route.
require_once __DIR__ . '/prepend.php'; // is not prepended to a router
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path !== '/' && file_exists(ABSPATH . ltrim($path, '/'))) {
	return false;
}
$_SERVER['SCRIPT_NAME'] = '/index.php';
$_SERVER['SCRIPT_FILENAME'] = ABSPATH . 'index.php';
$_SERVER['PHP_SELF'] = '/index.php';
require ABSPATH . 'index.php';
