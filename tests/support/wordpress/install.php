<?php
// The five-minute installation without the five minutes: install.php URL.
// The last line of output is JSON: users with their application passwords.
define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = parse_url($argv[1], PHP_URL_HOST) . ':'
	. parse_url($argv[1], PHP_URL_PORT);
$_SERVER['REQUEST_URI'] = '/';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
$_SERVER['REQUEST_METHOD'] = 'GET';

function wp_new_blog_notification()
{
	// Nobody to write to.
}

require ABSPATH . 'wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';

wp_install('Test site', 'admin', 'admin@example.org', true, '', 'admin');
$wp_rewrite->set_permalink_structure('/%postname%/');
$wp_rewrite->flush_rules(false);
update_option('timezone_string', 'Europe/Volgograd');
foreach (get_posts(array('numberposts' => -1, 'post_type' => 'any',
	'post_status' => 'any')) as $post) {
	wp_delete_post($post->ID, true);
}

$users = array();
foreach (array('admin' => 'administrator', 'clerk' => 'editor',
	'twinwire' => 'author') as $name => $role) {
	$id = username_exists($name);
	if (!$id) {
		$id = wp_insert_user(array(
			'user_login' => $name,
			'user_pass' => wp_generate_password(),
			'user_email' => $name . '@example.org',
			'role' => $role,
		));
	}
	list($password) = WP_Application_Passwords::create_new_application_password(
		$id, array('name' => 'tests'));
	$users[$name] = array('id' => $id, 'name' => $name,
		'password' => $password);
}
echo "\n", json_encode($users), "\n";
