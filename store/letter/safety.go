package letter

// Emails about the ways to sign in to an account. Each has a link to where its reader undoes what somebody else did: own is the page
// of the reader's account.

const toOwnAccount = "Look at your account"

// SecondFactorOn tells a person that a password alone does not sign in any more.
func SecondFactorOn(to, name, own string) Mail {
	return mailWith(to, "", "Your second factor is on", whyAccount, button{toOwnAccount, own}, []string{
		greeting(name),
		"From now on you sign in to ITManagerJobs with your password and a second factor: a code of your app, or a passkey. Keep the recovery codes that you were shown: you need one if you lose your second factor.",
		"If you did not set this up, tell an admin of your company's account at once, or answer this email. What signs you in is on the page of your account:",
		own,
	})
}

// SecondFactorOff tells a person that a password alone signs in again.
func SecondFactorOff(to, name, own string) Mail {
	return mailWith(to, "", "Your second factor is off", whyAccount, button{toOwnAccount, own}, []string{
		greeting(name),
		"Your account at ITManagerJobs has no second factor any more: the password alone signs in.",
		"If you did not turn it off, change your password and set up a second factor at once:",
		own,
	})
}

// AppOff tells a person that codes of an app do not sign in any more, and passkeys still do.
func AppOff(to, name, own string) Mail {
	return mailWith(to, "", "Codes of your app are off", whyAccount, button{toOwnAccount, own}, []string{
		greeting(name),
		"You are not asked for codes of an app any more when you sign in to ITManagerJobs. Your passkeys are your second factor.",
		"If you did not turn the codes off, change your password and look through your passkeys at once:",
		own,
	})
}

// PasskeyAdded tells a person of another passkey.
func PasskeyAdded(to, name, passkey, own string) Mail {
	return mailWith(to, "", "A passkey was added to your account", whyAccount, button{toOwnAccount, own}, []string{
		greeting(name),
		"From now on the passkey “" + passkey + "” signs in to your account at ITManagerJobs, without a password.",
		"If you did not add it, remove it, change your password and sign out everywhere, at once:",
		own,
	})
}

// PasskeyRemoved tells a person that a passkey does not sign in any more.
func PasskeyRemoved(to, name, passkey, own string) Mail {
	return mailWith(to, "", "A passkey was removed from your account", whyAccount, button{toOwnAccount, own}, []string{
		greeting(name),
		"The passkey “" + passkey + "” does not sign in to your account at ITManagerJobs any more.",
		"If you did not remove it, change your password and sign out everywhere, at once:",
		own,
	})
}

// PasskeyRefused tells a person that a passkey may have been copied.
func PasskeyRefused(to, name, passkey, own string) Mail {
	return mailWith(to, "", "A passkey was refused", whyAccount, button{toOwnAccount, own}, []string{
		greeting(name),
		"Somebody has tried to sign in to your account at ITManagerJobs with the passkey “" + passkey + "”. It may have been copied, because it counts fewer uses than we have seen. We have not let it in.",
		"Remove this passkey and add a new one:",
		own,
	})
}

// IdentityLinked tells a person that a provider signs in from now on.
func IdentityLinked(to, name, provider, own string) Mail {
	return mailWith(to, "", "Your account is connected with "+provider, whyAccount, button{toOwnAccount, own}, []string{
		greeting(name),
		"From now on you can also sign in to ITManagerJobs with " + provider + ".",
		"If you did not connect it, disconnect it, change your password and sign out everywhere, at once:",
		own,
	})
}

// RecoveryCodeUsed tells a person that a recovery code was used.
func RecoveryCodeUsed(to, name, own string) Mail {
	return mailWith(to, "", "A recovery code was used", whyAccount, button{toOwnAccount, own}, []string{
		greeting(name),
		"Somebody has just used one of the recovery codes of your account at ITManagerJobs. Each works once.",
		"If it was not you, change your password at once. If it was you and few codes are left, make new ones:",
		own,
	})
}
